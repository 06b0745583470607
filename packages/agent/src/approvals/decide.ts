import type { AutonomyLevel } from "@fettle/protocol";
import type { SandboxMode, ToolVerdict, Verdict } from "@fettle/workspace";
import type { HookWish } from "./hook-wish.ts";

/** What the agent is about to do. */
export type Asked =
  | { readonly kind: "patch" }
  /** `outside`: the model itself asks to run it outside of the sandbox. */
  | { readonly kind: "command"; readonly verdict: Verdict; readonly outside: boolean }
  /** A host that no entry of the configuration decides. */
  | { readonly kind: "network" }
  /** A tool of an MCP server, which runs outside of the sandbox. */
  | { readonly kind: "tool"; readonly verdict: ToolVerdict };

export type Decision =
  | { readonly type: "run"; readonly mode: SandboxMode }
  /** `mode` holds once it is allowed. `reviewable`: low enough a risk for a reviewing model to allow. */
  | { readonly type: "ask"; readonly why: string; readonly mode: SandboxMode; readonly reviewable: boolean }
  | { readonly type: "refuse"; readonly why: string };

type Given = {
  readonly level: AutonomyLevel;
  /** The run was started to only read: caps every level. */
  readonly readOnly: boolean;
  /** A person allowed exactly this for the rest of the thread. */
  readonly granted: boolean;
};

/** How a command is confined that stays where the level puts it. */
export const modeAt = (level: AutonomyLevel, readOnly: boolean): SandboxMode =>
  readOnly ? "read-only" : level === "full" ? "danger-full-access" : "workspace-write";

const onlyReads = "this run may only read (-s read-only)";

/** The host is wanted by a rule that allows the command there, or by one that asks about it there (`git push`). */
const wantedByRule = (verdict: Verdict): boolean =>
  verdict.run === "host" || verdict.commands.some(({ rule }) => rule?.decision === "ask" && rule.run === "host");

/** Why a command needs an answer at this level; null when it does not. */
const whyAsk = (verdict: Verdict, outside: boolean, level: AutonomyLevel): string | null => {
  if (verdict.decision === "ask") return verdict.why;
  if (level === "full") return null;
  if (outside && (verdict.decision !== "allow" || verdict.run !== "host"))
    return "it wants to run outside of the sandbox";
  if (verdict.readOnly) return null;
  if (level === "suggest") return "at autonomy suggest every command that may change something is asked about";
  if (level === "edit" && verdict.decision !== "allow")
    return "at autonomy edit commands that no rule allows are asked about";
  return null;
};

const decideCommand = (verdict: Verdict, outside: boolean, given: Given): Decision => {
  if (verdict.decision === "never") return { type: "refuse", why: verdict.why };
  const { level, readOnly, granted } = given;
  const why = whyAsk(verdict, outside, level);
  const wanted = wantedByRule(verdict);
  if (readOnly && (outside || (wanted && why !== null)))
    return { type: "refuse", why: `${onlyReads}, so nothing runs outside of the sandbox` };
  const host = !readOnly && (outside || wanted || level === "full");
  const mode = host ? "danger-full-access" : modeAt(level, readOnly);
  if (why === null || granted) return { type: "run", mode };
  // What a rule asks about is a person's to answer; a script that only could not be understood may be harmless.
  const isPuzzle = verdict.unclear !== null && verdict.rule === null;
  return { type: "ask", why, mode, reviewable: level === "trusted" && !host && isPuzzle };
};

const decideTool = (verdict: ToolVerdict, { level, readOnly, granted }: Given): Decision => {
  if (verdict.decision === "never") return { type: "refuse", why: verdict.why };
  if (readOnly) return { type: "refuse", why: `${onlyReads}, so no tool of an MCP server is called` };
  const mode = "danger-full-access";
  const allowed =
    verdict.decision === "allow" ? level !== "suggest" : verdict.decision === "unmatched" && level === "full";
  if (allowed || granted) return { type: "run", mode };
  const why = verdict.decision === "ask" ? verdict.why : "tools of MCP servers run outside of the sandbox";
  return { type: "ask", why, mode, reviewable: false };
};

/** The one place that says what needs an answer: the table of levels, and rules above it. Pure. */
export const decide = (asked: Asked, given: Given): Decision => {
  const { level, readOnly, granted } = given;
  const mode = modeAt(level, readOnly);
  switch (asked.kind) {
    case "command":
      return decideCommand(asked.verdict, asked.outside, given);
    case "patch":
      if (readOnly) return { type: "refuse", why: onlyReads };
      if (level !== "suggest" || granted) return { type: "run", mode };
      return { type: "ask", why: "at autonomy suggest every change of a file is asked about", mode, reviewable: false };
    case "tool":
      return decideTool(asked.verdict, given);
    case "network":
      if (level === "full" || granted) return { type: "run", mode };
      return { type: "ask", why: "no entry of the network configuration names this host", mode, reviewable: false };
  }
};

/** A hook may want a question more. It may spare one only for what stays in the sandbox, and lifts no refusal. */
export const withHook = (decision: Decision, hook: HookWish | undefined): Decision => {
  if (hook === undefined || decision.type === "refuse") return decision;
  const { mode } = decision;
  if (hook.decision === "allow")
    return decision.type === "ask" && mode !== "danger-full-access" ? { type: "run", mode } : decision;
  const why = decision.type === "ask" ? decision.why : hook.why;
  return { type: "ask", why, mode, reviewable: false };
};
