import * as z from "zod/mini";

/*
 * [[hooks.EVENT]] tables, in the form in which Codex publishes them: groups of commands, each with a matcher.
 */

export const hookEvents = [
  "SessionStart",
  "SessionEnd",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "PermissionRequest",
  "PreCompact",
  "PostCompact",
  "Stop",
  "SubagentStart",
  "SubagentStop",
] as const;
export type HookEvent = (typeof hookEvents)[number];

const isPattern = (text: string): boolean => {
  try {
    return text === "*" || new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
};

const handler = z.strictObject({
  type: z.literal("command"),
  /** For the shell. */
  command: z.string().check(z.minLength(1)),
  /** Seconds. */
  timeout: z.optional(z.number().check(z.positive(), z.maximum(86_400))),
  /** What it guards is refused when it fails. */
  required: z.optional(z.boolean()),
  /** Other programs show it; it has no effect here. */
  statusMessage: z.optional(z.string()),
});

export const hookGroup = z.strictObject({
  /** A regular expression over the tool's name, or what else the event is about. */
  matcher: z.optional(z.string().check(z.refine(isPattern, "must be a regular expression"))),
  hooks: z.array(handler).check(z.minLength(1)),
  /** Set by fettle for groups of a repository's configuration, whatever that says. */
  from: z.optional(z.literal("project")),
});

const groups = z.optional(z.array(hookGroup));

export const hooksSchema = z.strictObject({
  SessionStart: groups,
  SessionEnd: groups,
  UserPromptSubmit: groups,
  PreToolUse: groups,
  PostToolUse: groups,
  PermissionRequest: groups,
  PreCompact: groups,
  PostCompact: groups,
  Stop: groups,
  SubagentStart: groups,
  SubagentStop: groups,
});
export type HooksConfig = z.infer<typeof hooksSchema>;
