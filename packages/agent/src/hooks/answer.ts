import { type HookDecision, problemsOf } from "@fettle/protocol";
import * as z from "zod/mini";
import type { HookEvent } from "../config/hook-schema.ts";
import type { HookExit } from "./run-command.ts";

/** What a hook said. */
export type HookAnswer =
  | {
      readonly ok: true;
      readonly decision: HookDecision | null;
      readonly reason: string | null;
      /** Words for the model. */
      readonly context: string | null;
    }
  | { readonly ok: false; readonly error: string };

const text = z.nullish(z.string());

/** Both the short form and the one that other programs publish; fields of theirs that mean nothing here are passed over. */
const answerSchema = z.looseObject({
  decision: text,
  reason: text,
  additionalContext: text,
  continue: z.nullish(z.boolean()),
  stopReason: text,
  hookSpecificOutput: z.nullish(
    z.looseObject({
      permissionDecision: text,
      permissionDecisionReason: text,
      additionalContext: text,
      decision: z.nullish(z.looseObject({ behavior: text, message: text })),
    }),
  ),
});

const decisions: Readonly<Record<string, HookDecision>> = {
  allow: "allow",
  approve: "allow",
  ask: "ask",
  deny: "deny",
  block: "deny",
};

/** Events at which plain text is context for the model, as other programs have it. */
const takesPlainText: readonly HookEvent[] = ["SessionStart", "SubagentStart", "UserPromptSubmit"];
/** Here `continue: false` asks for what happens anyway. */
const ends: readonly HookEvent[] = ["Stop", "SubagentStop", "SessionEnd"];

const mostContext = 10_000;

type Words = string | null | undefined;

const shortened = (words: Words): string | null => {
  if (words === undefined || words === null || words === "") return null;
  return words.length <= mostContext
    ? words
    : `${words.slice(0, mostContext).replace(/[\uD800-\uDBFF]$/, "")}… [cut: ${words.length} characters]`;
};

const failed = (error: string): HookAnswer => ({ ok: false, error });
const said = (decision: HookDecision | null, reason: Words, context: Words): HookAnswer => ({
  ok: true,
  decision,
  reason: shortened(reason),
  context: shortened(context),
});

const readJson = (event: HookEvent, stdout: string): HookAnswer => {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    return failed("its answer begins like JSON and is none");
  }
  const parsed = answerSchema.safeParse(value);
  if (!parsed.success) return failed(`its answer is not of the form expected: ${problemsOf(parsed.error)}`);
  const { hookSpecificOutput: more, ...short } = parsed.data;
  const word = more?.permissionDecision ?? more?.decision?.behavior ?? short.decision ?? undefined;
  const stops = short.continue === false && !ends.includes(event);
  if (word !== undefined && !Object.hasOwn(decisions, word))
    return failed(`its decision is ${JSON.stringify(word)}, not allow, ask or deny`);
  const decision = stops ? "deny" : word === undefined ? null : (decisions[word] ?? null);
  const reason = more?.permissionDecisionReason ?? more?.decision?.message ?? short.reason ?? short.stopReason;
  return said(decision, reason, more?.additionalContext ?? short.additionalContext);
};

/** Reads what a hook answered: exit code 2 with the reason on stderr, or JSON on stdout, or nothing. */
export const readAnswer = (event: HookEvent, exit: HookExit): HookAnswer => {
  if (exit.error !== null) return failed(exit.error);
  if (exit.code === 2) return said("deny", exit.stderr.trim(), undefined);
  if (exit.code !== 0) {
    const words = exit.stderr.trim().split("\n").at(-1) ?? "";
    return failed(`exit ${exit.code}${words === "" ? "" : `: ${words.slice(0, 500)}`}`);
  }
  const stdout = exit.stdout.trim();
  if (stdout.startsWith("{")) return readJson(event, stdout);
  return said(null, undefined, takesPlainText.includes(event) ? stdout : undefined);
};
