import type { CommandExecutionItem } from "@fettle/protocol";
import type { CommandPermit } from "./approvals/types.ts";
import { followCommand } from "./tools/shell-session.ts";
import { startCommand } from "./tools/start-command.ts";
import type { ToolContext } from "./tools/tool.ts";

/** A check as it ended. */
export type CheckRun = { readonly passed: boolean; readonly item: CommandExecutionItem };

/** What a person typed counts as allowed; a line of a file, which others may have written, is judged like the model's own. */
export type CheckOrigin = { readonly from: "person" } | { readonly from: "plan"; readonly timeoutMs: number };

const permitOf = async (command: string, origin: CheckOrigin, context: ToolContext): Promise<CommandPermit> => {
  const { permission, workspace } = context;
  if (origin.from === "plan")
    return permission.command({ script: command, cwd: workspace.root, escalate: null, pty: false });
  const permit = await permission.check(command);
  return permit.ok ? { ...permit, script: command, env: {} } : permit;
};

/**
 * Runs a check that the user asked for, as the harness and not the model, and records it. It passes when it exits 0.
 * It runs under the thread's own policy, so that it may write what a test run writes.
 */
export const runCheck = async (command: string, context: ToolContext, origin: CheckOrigin): Promise<CheckRun> => {
  const permit = await permitOf(command, origin, context);
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
  const notRun = (error: string): CheckRun => {
    const failed: CommandExecutionItem = { ...item, status: "failed", error };
    context.emit({ type: "item.completed", item: failed });
    return { passed: false, item: failed };
  };
  if (!permit.ok) return notRun(permit.error);
  context.emit({ type: "item.started", item });
  const started = await startCommand(context, {
    script: permit.script,
    cwd: context.workspace.root,
    policy: permit.policy,
    env: permit.env,
    ...(origin.from === "plan" ? { timeoutMs: origin.timeoutMs } : {}),
  });
  if (!started.ok) return notRun(started.message);
  const readOnly = mode === "read-only";
  const session = followCommand(started.command, { number: 0, pty: false, readOnly, item }, context);
  const onAbort = (): void => void session.interrupt(200);
  context.signal.addEventListener("abort", onAbort, { once: true });
  // An abort that came while the command was being started is not told again.
  if (context.signal.aborted) onAbort();
  await session.ended;
  context.signal.removeEventListener("abort", onAbort);
  const ended = session.item();
  return { passed: ended.exit_code === 0 && ended.error === undefined, item: ended };
};
