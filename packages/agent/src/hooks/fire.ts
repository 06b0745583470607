import { join } from "node:path";
import type { HookDecision, HookItem, ThreadEvent } from "@fettle/protocol";
import type { HookEvent } from "../config/hook-schema.ts";
import type { HookAnswer } from "./answer.ts";
import { type Hook, isFor } from "./hook.ts";

/** The thread that hooks are run for. */
export type HookPorts = {
  readonly hooks: readonly Hook[];
  readonly threadId: string;
  readonly logPath: string;
  /** The workspace's root, in which a person's own run. */
  readonly cwd: string;
  readonly model: string;
  /** The role of a helper; null in the thread of a person. */
  readonly role: string | null;
  emit(event: ThreadEvent): void;
  nextItemId(): string;
  /** Takes secrets out of what hooks are told. */
  redact(text: string): string;
};

export type Occasion = {
  readonly event: HookEvent;
  /** What matchers are tried on: one that fits is enough. */
  readonly about: readonly string[];
  /** What it is told beside the thread. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tool?: string;
};

/** What all hooks of an occasion came to: deny before ask before allow. */
export type Fired = {
  readonly decision: HookDecision | null;
  readonly reason: string;
  /** For the model, in the order of the configuration. */
  readonly contexts: readonly string[];
};

export const nothing: Fired = { decision: null, reason: "", contexts: [] };

/** Before these something can be refused. */
const guards: readonly HookEvent[] = ["UserPromptSubmit", "PreToolUse", "PermissionRequest", "PreCompact"];

const shownCommand = (command: string): string => {
  const line = command.replaceAll(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
};

/** Every text in what is told, without secrets. */
const redacted = (value: unknown, redact: (text: string) => string): unknown => {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((entry: unknown) => redacted(entry, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, redacted(field, redact)]));
};

const inputOf = (ports: HookPorts, { event, fields, tool }: Occasion): string => {
  const { threadId, logPath, cwd, model, role } = ports;
  const common = { session_id: threadId, transcript_path: logPath, cwd, hook_event_name: event, model };
  const told = {
    ...common,
    ...(role === null ? {} : { agent_type: role }),
    ...(tool === undefined ? {} : { tool_name: tool }),
    ...fields,
  };
  return `${JSON.stringify(redacted(told, ports.redact))}\n`;
};

const onlyUsersAllow = "it does not count: only a hook of the user's own configuration can allow";

/** How it stands in the log. */
const itemOf = (
  hook: Hook,
  { event, tool }: Occasion,
  ran: { id: string; answer: HookAnswer; durationMs: number },
): HookItem => {
  const { command, source } = hook;
  const { id, answer, durationMs } = ran;
  const head = { id, type: "hook" as const, event, command, source, duration_ms: Math.round(durationMs) };
  const shown = { ...head, ...(tool === undefined ? {} : { tool }) };
  if (!answer.ok) return { ...shown, status: "failed", error: answer.error };
  const { decision, context } = answer;
  const reason = source === "project" && decision === "allow" ? onlyUsersAllow : answer.reason;
  return {
    ...shown,
    status: "completed",
    ...(decision === null ? {} : { decision }),
    ...(reason === null ? {} : { reason }),
    ...(context === null ? {} : { context }),
  };
};

const outcomeOf = (hook: Hook, event: HookEvent, answer: HookAnswer): Fired => {
  const name = `the hook \`${shownCommand(hook.command)}\``;
  if (!answer.ok)
    return hook.required && guards.includes(event)
      ? { ...nothing, decision: "deny", reason: `${name} is required and failed: ${answer.error}` }
      : nothing;
  const { decision, reason, context } = answer;
  const contexts = context === null ? [] : [`[${event}: ${name} says]\n${context}`];
  if (decision === "allow" && hook.source === "project") return { ...nothing, contexts };
  return { decision, reason: reason ?? `${name} gave no reason`, contexts };
};

const order: readonly HookDecision[] = ["deny", "ask", "allow"];

const combined = (outcomes: readonly Fired[]): Fired => {
  const contexts = outcomes.flatMap((outcome) => outcome.contexts);
  for (const decision of order) {
    const found = outcomes.filter((outcome) => outcome.decision === decision);
    if (found.length > 0) return { decision, reason: found.map(({ reason }) => reason).join("; "), contexts };
  }
  return { ...nothing, contexts };
};

const runOne = async (ports: HookPorts, hook: Hook, occasion: Occasion, signal: AbortSignal): Promise<Fired> => {
  const [{ runHookCommand }, { readAnswer }] = await Promise.all([import("./run-command.ts"), import("./answer.ts")]);
  const { command, timeoutMs } = hook;
  const cwd = join(ports.cwd, hook.folder);
  const env = { FETTLE_PROJECT_DIR: cwd, CLAUDE_PROJECT_DIR: cwd };
  const exit = await runHookCommand({ command, cwd, env, input: inputOf(ports, occasion), timeoutMs }, signal);
  const answer = readAnswer(occasion.event, exit);
  const ran = { id: ports.nextItemId(), answer, durationMs: exit.durationMs };
  ports.emit({ type: "item.completed", item: itemOf(hook, occasion, ran) });
  return outcomeOf(hook, occasion.event, answer);
};

/** Runs all hooks that are for this, side by side, and puts each on record. Never rejects for what a hook does. */
export const fire = async (ports: HookPorts, occasion: Occasion, signal: AbortSignal): Promise<Fired> => {
  const due = ports.hooks.filter((hook) => hook.event === occasion.event && isFor(hook, occasion.about));
  if (due.length === 0 || signal.aborted) return nothing;
  return combined(await Promise.all(due.map((hook) => runOne(ports, hook, occasion, signal))));
};
