import type { ApprovalSubject, ToolCallPart } from "@fettle/protocol";
import type { HookWish } from "../approvals/hook-wish.ts";
import type { Answer, Approver, Permission } from "../approvals/types.ts";
import { failedCall } from "../tools/shown-call.ts";
import { notRun, type Tool, type ToolContext, type ToolResult } from "../tools/tool.ts";
import { type Fired, fire, type HookPorts, type Occasion } from "./fire.ts";
import { toolNames } from "./hook.ts";

/*
 * The moments of a thread at which hooks run. All of them are in the turn's own way, so that every door and every
 * helper has them.
 */

export type ThreadHooks = {
  /** Why these words do not begin a turn; null when they do. Before the first of this process the session starts. */
  refuseTurn(prompt: string, signal: AbortSignal): Promise<string | null>;
  /** Whether something runs when the session ends. */
  hasEnd(): boolean;
  sessionEnds(): Promise<void>;
  /** Runs a call with what hooks say before and after it. */
  callTool(tool: Tool, call: ToolCallPart, context: ToolContext): Promise<ToolResult>;
  /** Whoever answers questions, with hooks that may answer first. */
  answering(approver: Approver | null): Approver | null;
  compaction: {
    /** False: it is not to be. */
    before(reason: string, signal: AbortSignal): Promise<boolean>;
    after(reason: string, signal: AbortSignal): Promise<void>;
  };
  /** Whether the turn may end with these last words; else the model was told why it goes on. */
  mayStop(lastMessage: string, signal: AbortSignal): Promise<boolean>;
};

export type ThreadHookPorts = HookPorts & {
  /** Puts words in the log that reach the model with its next call. */
  tell(words: string): void;
  notice(message: string): void;
  /** Whether the thread was begun by an earlier process. */
  readonly isResumed: boolean;
};

const argumentsOf = (call: ToolCallPart): unknown => {
  if (call.freeform === true) return { input: call.arguments };
  try {
    return call.arguments.trim() === "" ? {} : JSON.parse(call.arguments);
  } catch {
    return { input: call.arguments };
  }
};

/** Whether the call will be judged by rules and level, where a question can be put. */
const isJudged = (call: ToolCallPart): boolean => {
  if (call.name === "apply_patch" || call.name === "mcp_call") return true;
  const given = argumentsOf(call) as { command?: unknown; session?: unknown } | null;
  return call.name === "shell" && typeof given?.command === "string" && given.session === undefined;
};

const wishing = (permission: Permission, hook: HookWish): Permission => ({
  ...permission,
  command: (request) => permission.command({ ...request, hook }),
  patch: (request) => permission.patch({ ...request, hook }),
  tool: (request) => permission.tool({ ...request, hook }),
});

const wordsOf = (result: ToolResult): string =>
  result.content.map((part) => (part.type === "text" ? part.text : "[a picture]")).join("\n");

const withWords = (result: ToolResult, words: readonly string[]): ToolResult =>
  words.length === 0
    ? result
    : { content: [...result.content, ...words.map((text) => ({ type: "text" as const, text }))] };

const callTool = async (
  ports: HookPorts,
  tool: Tool,
  call: ToolCallPart,
  context: ToolContext,
): Promise<ToolResult> => {
  const { name, call_id } = call;
  const input = argumentsOf(call);
  const told = { about: toolNames(name, input), tool: name, fields: { tool_use_id: call_id, tool_input: input } };
  const before = await fire(ports, { ...told, event: "PreToolUse" }, context.signal);
  const { decision, reason } = before;
  if (decision === "deny")
    return withWords(failedCall(call, context, `not run: a hook refused it: ${reason}`), before.contexts);
  if (decision === "ask" && !isJudged(call))
    return failedCall(
      call,
      context,
      `not run: a hook wants a question about it, and ${name} cannot be asked about here: ${reason}`,
    );
  if (context.signal.aborted) return notRun();
  const why = `a hook ${decision === "ask" ? "wants a question" : "allows it"}: ${reason}`;
  const permission = decision === null ? context.permission : wishing(context.permission, { decision, why });
  const result = await tool.run(call, { ...context, permission });
  const fields = { ...told.fields, tool_response: wordsOf(result) };
  const after = await fire(ports, { ...told, event: "PostToolUse", fields }, context.signal);
  const objection = after.decision === "deny" ? [`[PostToolUse: a hook objects: ${after.reason}]`] : [];
  return withWords(result, [...before.contexts, ...after.contexts, ...objection]);
};

const toolOf: Readonly<Record<string, string>> = { command: "shell", patch: "apply_patch", tool: "mcp_call" };

/** What stays in the sandbox: only there does a hook's yes stand for a person's. */
const staysInside = (subject: ApprovalSubject): boolean =>
  subject.kind === "patch" || (subject.kind === "command" && subject.run === "sandbox");

const answerOf = (subject: ApprovalSubject, { decision, reason }: Fired): Answer | null => {
  if (decision === "deny") return { choice: "no", by: "program", message: `a hook refused it: ${reason}` };
  if (decision === "allow" && staysInside(subject)) return { choice: "once", by: "program" };
  return null;
};

const nobody: Answer = { choice: "no", by: "nobody" };

const answering =
  (ports: HookPorts, approver: Approver | null): Approver =>
  async (question, signal) => {
    const { subject, why, reason } = question;
    const { kind, ...input } = subject;
    const tool = toolOf[kind] ?? kind;
    const fields = { tool_input: input, why, ...(reason === undefined ? {} : { description: reason }) };
    const fired = await fire(
      ports,
      { event: "PermissionRequest", about: toolNames(tool, input), tool, fields },
      signal,
    );
    return answerOf(subject, fired) ?? (approver === null ? nobody : await approver(question, signal));
  };

/** Each has its own limit, which is shorter as a rule. */
const longestEndMs = 600_000;

/** A hook that always wants more would never let a turn end. */
const mostContinuations = 8;

/** The hooks of one thread. Where none is configured nothing is loaded or run. */
export const createThreadHooks = (ports: ThreadHookPorts): ThreadHooks => {
  const { hooks, role, tell } = ports;
  const isHelper = role !== null;
  let going = 0;
  let hasStarted = false;
  const tellContexts = ({ contexts }: Fired): void => {
    if (contexts.length > 0) tell(contexts.join("\n\n"));
  };
  const fireAndTell = async (occasion: Occasion, signal: AbortSignal): Promise<Fired> => {
    const fired = await fire(ports, occasion, signal);
    tellContexts(fired);
    return fired;
  };
  const sessionStarts = async (signal: AbortSignal): Promise<void> => {
    const source = ports.isResumed ? "resume" : "startup";
    const event = isHelper ? "SubagentStart" : "SessionStart";
    await fireAndTell({ event, about: [role ?? source], fields: { source } }, signal);
  };
  return {
    async refuseTurn(prompt, signal) {
      going = 0;
      if (!hasStarted) await sessionStarts(signal);
      hasStarted = true;
      const fired = await fire(ports, { event: "UserPromptSubmit", about: [""], fields: { prompt } }, signal);
      if (fired.decision === "deny") return `a hook refused the prompt: ${fired.reason}`;
      tellContexts(fired);
      return null;
    },
    // Of a helper SubagentStop has told.
    hasEnd: () => hasStarted && !isHelper && hooks.some(({ event }) => event === "SessionEnd"),
    async sessionEnds() {
      if (hasStarted && !isHelper)
        await fire(ports, { event: "SessionEnd", about: [""], fields: {} }, AbortSignal.timeout(longestEndMs));
    },
    callTool: (tool, call, context) =>
      hooks.length === 0 ? tool.run(call, context) : callTool(ports, tool, call, context),
    answering: (approver) =>
      hooks.some(({ event }) => event === "PermissionRequest") ? answering(ports, approver) : approver,
    compaction: {
      async before(reason, signal) {
        const fired = await fireAndTell(
          { event: "PreCompact", about: [triggerOf(reason)], fields: { trigger: triggerOf(reason) } },
          signal,
        );
        if (fired.decision === "deny") ports.notice(`not compacted: a hook refused it: ${fired.reason}`);
        return fired.decision !== "deny";
      },
      async after(reason, signal) {
        await fireAndTell(
          { event: "PostCompact", about: [triggerOf(reason)], fields: { trigger: triggerOf(reason) } },
          signal,
        );
      },
    },
    async mayStop(lastMessage, signal) {
      if (going === mostContinuations) return true;
      const fields = { stop_hook_active: going > 0, last_assistant_message: lastMessage };
      const event = isHelper ? "SubagentStop" : "Stop";
      const fired = await fire(ports, { event, about: [role ?? ""], fields }, signal);
      if (fired.decision !== "deny") return true;
      going += 1;
      if (going === mostContinuations)
        ports.notice(`a hook kept this turn from ending ${going} times; the next end stands`);
      tell([`[${event}: a hook says that the work is not done]\n${fired.reason}`, ...fired.contexts].join("\n\n"));
      return false;
    },
  };
};

const triggerOf = (reason: string): string => (reason === "command" ? "manual" : "auto");
