import { resolve } from "node:path";
import type { CommandExecutionItem, ToolCallPart } from "@fettle/protocol";
import { loadShellAnalysis } from "@fettle/workspace";
import * as z from "zod/mini";
import { applyAndShow } from "./apply-patch.ts";
import { type Parsed, parseArguments } from "./arguments.ts";
import { describeExit, followCommand, type ShellSession } from "./shell-session.ts";
import { failedCall } from "./shown-call.ts";
import { startCommand } from "./start-command.ts";
import { notRun, type Tool, type ToolContext, type ToolResult, textResult } from "./tool.ts";

const defaultYieldMs = 10_000;
const maxYieldMs = 600_000;

const shellArguments = z.object({
  command: z.optional(z.string()),
  workdir: z.optional(z.string()),
  yield_ms: z.optional(z.number()),
  pty: z.optional(z.boolean()),
  read_only: z.optional(z.boolean()),
  session: z.optional(z.number()),
  input: z.optional(z.string()),
  escalate: z.optional(z.string()),
});
type ShellArguments = z.infer<typeof shellArguments>;

const description =
  "Run a bash script in the workspace's sandbox. Long commands go on as a session: call again with its number to wait, write or interrupt. Commands end with their script: keep a server in a session, not in the background with &.";

const parameters = {
  type: "object",
  properties: {
    command: { type: "string", description: "Starts this bash script" },
    workdir: { type: "string", description: "Folder to run in, relative to the workspace" },
    yield_ms: { type: "number", description: "Answer after this long even if it still runs (default 10000)" },
    pty: { type: "boolean", description: "Give it a terminal and keep its input open" },
    read_only: { type: "boolean", description: "Run it with the workspace mounted read-only" },
    session: { type: "number", description: "Instead of command: a running session to wait for or write to" },
    input: { type: "string", description: "Written to the session; \\u0003 interrupts it" },
  },
};

const escalateParameter = {
  type: "string",
  description: "Why this command must run outside of the sandbox: asks the user",
};

const reply = (session: ShellSession): ToolResult => {
  const { output, exit, elapsedMs } = session.read();
  const seconds = `${(elapsedMs / 1000).toFixed(2)} s`;
  const status = exit === null ? `running · session ${session.number}` : describeExit(exit);
  const notices = (exit?.notices ?? []).map((notice) => `\n[fettle: ${notice}]`).join("");
  return textResult(`${status} · ${seconds}\n${output}${notices}`);
};

/** Waits for the end, the time, or the interrupt (which ends the command). */
const waitFor = async (session: ShellSession, yieldMs: number | undefined, signal: AbortSignal): Promise<void> => {
  const ms = Math.min(Math.max(yieldMs ?? defaultYieldMs, 0), maxYieldMs);
  const { promise: over, resolve: finish } = Promise.withResolvers<void>();
  const timer = setTimeout(finish, ms);
  const onAbort = (): void => finish();
  signal.addEventListener("abort", onAbort, { once: true });
  // An abort that came while the command was being started is not told again.
  if (signal.aborted) finish();
  await Promise.race([session.ended, over]);
  clearTimeout(timer);
  signal.removeEventListener("abort", onAbort);
  if (signal.aborted) await session.interrupt(200);
};

export type ShellTool = {
  readonly tool: Tool;
  /** Ends every session and waits until their items are in the log. */
  close(): Promise<void>;
};

/** A session stays open until the model was told its end: it may end while the model thinks. */
type Sessions = { readonly open: Map<number, ShellSession>; lastNumber: number };

/** Shows how far a session has come, and tells the model. */
const answer = (sessions: Sessions, session: ShellSession, context: ToolContext): ToolResult => {
  const item = session.item();
  if (item.status === "in_progress") context.emit({ type: "item.updated", item: { ...item, session: session.number } });
  else sessions.open.delete(session.number);
  return reply(session);
};

/** Shows a command that was not allowed. It never began, so that it counts for nothing but people. */
const refuse = (item: CommandExecutionItem, error: string, result: string, context: ToolContext): ToolResult => {
  context.emit({ type: "item.completed", item: { ...item, status: "failed", error } });
  return textResult(result);
};

const start = async (
  sessions: Sessions,
  args: ShellArguments,
  script: string,
  context: ToolContext,
): Promise<ToolResult> => {
  const { workspace } = context;
  const cwd = resolve(workspace.root, args.workdir ?? "");
  const analysis = await loadShellAnalysis();
  const patch = analysis.patchInScript(script);
  if (patch !== null) return applyAndShow(patch.patch, resolve(cwd, patch.cwd ?? ""), context);
  const pty = args.pty === true;
  const shown = { type: "command_execution" as const, command: script, aggregated_output: "", cwd };
  const permit = await context.permission.command({ script, cwd, escalate: args.escalate ?? null, pty });
  if (!permit.ok)
    return refuse({ id: context.nextItemId(), ...shown, status: "failed" }, permit.error, permit.result, context);
  const { policy } = permit;
  const mounted = policy.mode === "read-only" || (policy.mode === "workspace-write" && args.read_only === true);
  const readOnly = mounted || (!pty && analysis.isReadOnlyScript(script));
  if (!readOnly) await context.settleSnapshot();
  if (context.signal.aborted) return notRun();
  const item: CommandExecutionItem = {
    id: context.nextItemId(),
    ...shown,
    status: "in_progress",
    sandbox: readOnly && policy.mode === "workspace-write" ? "read-only" : policy.mode,
    ...(readOnly ? { read_only: true } : {}),
  };
  context.emit({ type: "item.started", item });
  const started = await startCommand(context, {
    script: permit.script,
    env: permit.env,
    cwd,
    policy,
    readOnly,
    pty,
    stdin: pty,
  });
  if (!started.ok) {
    context.emit({ type: "item.completed", item: { ...item, status: "failed", error: started.message } });
    return textResult(`not started: ${started.message}`);
  }
  const number = ++sessions.lastNumber;
  const session = followCommand(started.command, { number, pty, readOnly, item }, context);
  sessions.open.set(number, session);
  await waitFor(session, args.yield_ms, context.signal);
  return answer(sessions, session, context);
};

const reach = async (
  sessions: Sessions,
  args: ShellArguments,
  number: number,
  context: ToolContext,
): Promise<Parsed<ToolResult>> => {
  const session = sessions.open.get(number);
  if (session === undefined) {
    const open = [...sessions.open.keys()].join(", ") || "none";
    return { ok: false, message: `there is no running session ${number}; running sessions: ${open}` };
  }
  const input = args.input ?? "";
  if (input !== "" && !session.pty && input !== "\u0003")
    return { ok: false, message: `session ${number} was started without pty, so its input is closed` };
  if (input === "\u0003" && !session.pty) await session.interrupt(1000);
  else if (input !== "") session.command.write(input);
  await waitFor(session, args.yield_ms, context.signal);
  return { ok: true, value: answer(sessions, session, context) };
};

/**
 * The shell: starts commands, lets them go on as numbered sessions, and reaches those again.
 * `mayEscalate`: the model is told that it can ask to leave the sandbox.
 */
export const createShellTool = (options: { mayEscalate: boolean }): ShellTool => {
  const sessions: Sessions = { open: new Map(), lastNumber: 0 };
  const parsedCalls = new WeakMap<ToolCallPart, Parsed<ShellArguments>>();

  const parse = (call: ToolCallPart): Parsed<ShellArguments> => {
    const known = parsedCalls.get(call);
    if (known !== undefined) return known;
    const parsed = parseArguments(shellArguments, call.arguments);
    parsedCalls.set(call, parsed);
    return parsed;
  };

  const tool: Tool = {
    spec: {
      name: "shell",
      description,
      parameters: options.mayEscalate
        ? { ...parameters, properties: { ...parameters.properties, escalate: escalateParameter } }
        : parameters,
    },
    async isReadOnly(call) {
      const parsed = parse(call);
      if (!parsed.ok || parsed.value.command === undefined) return !parsed.ok;
      if (parsed.value.pty === true || parsed.value.escalate !== undefined) return false;
      return (await loadShellAnalysis()).isReadOnlyScript(parsed.value.command);
    },
    async run(call, context) {
      const parsed = parse(call);
      if (!parsed.ok) return failedCall(call, context, parsed.message);
      const { command, session } = parsed.value;
      if (command !== undefined && session === undefined && command.trim() !== "")
        return start(sessions, parsed.value, command, context);
      if (session === undefined || command !== undefined)
        return failedCall(call, context, "give either command (to start one) or session (to reach a running one)");
      const reached = await reach(sessions, parsed.value, session, context);
      return reached.ok ? reached.value : failedCall(call, context, reached.message);
    },
  };

  return {
    tool,
    async close() {
      await Promise.all([...sessions.open.values()].map((session) => session.interrupt(200)));
    },
  };
};
