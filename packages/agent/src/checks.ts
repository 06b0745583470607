import type { CommandExecutionItem } from "@fettle/protocol";
import { followCommand } from "./tools/shell-session.ts";
import { startCommand } from "./tools/start-command.ts";
import type { ToolContext } from "./tools/tool.ts";

/**
 * Runs a check that the user asked for, as the harness and not the model, and records it. True when it exits 0.
 * It runs under the thread's own policy, so that it may write what a test run writes.
 */
export const runCheck = async (command: string, context: ToolContext): Promise<boolean> => {
  const permit = await context.permission.check(command);
  await context.settleSnapshot();
  const { mode } = permit.ok ? permit.policy : context.policy;
  const item: CommandExecutionItem = {
    id: context.nextItemId(),
    type: "command_execution",
    command,
    aggregated_output: "",
    status: "in_progress",
    cwd: context.workspace.root,
    sandbox: mode,
    origin: "check",
    ...(mode === "read-only" ? { read_only: true } : {}),
  };
  if (!permit.ok) {
    context.emit({ type: "item.completed", item: { ...item, status: "failed", error: permit.error } });
    return false;
  }
  context.emit({ type: "item.started", item });
  const started = await startCommand(context, {
    script: command,
    cwd: context.workspace.root,
    policy: permit.policy,
  });
  if (!started.ok) {
    context.emit({ type: "item.completed", item: { ...item, status: "failed", error: started.message } });
    return false;
  }
  const readOnly = mode === "read-only";
  const session = followCommand(started.command, { number: 0, pty: false, readOnly, item }, context);
  const onAbort = (): void => void session.interrupt(200);
  context.signal.addEventListener("abort", onAbort, { once: true });
  // An abort that came while the command was being started is not told again.
  if (context.signal.aborted) onAbort();
  await session.ended;
  context.signal.removeEventListener("abort", onAbort);
  const { exit_code, error } = session.item();
  return exit_code === 0 && error === undefined;
};
