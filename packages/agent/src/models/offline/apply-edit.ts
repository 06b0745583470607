import type { Candidate } from "../../offline/search/report.ts";
import { type CommandOutcome, passed } from "./command-outcome.ts";
import { invertPatch } from "./invert-patch.ts";
import type { Memory } from "./memory.ts";
import type { CallDraft, Procedure } from "./replay.ts";
import { type CommandDraft, runCommand } from "./run-command.ts";

/** A test run is waited for in one go, so that its record is that of one finished command. Twenty minutes at most. */
export const testRun = (command: string): CommandDraft => ({ command, waitMs: 600_000, polls: 1 });

type Applied = { readonly ok: boolean; readonly message: string };

const readPatchResult = (result: string): Applied => ({
  ok: result.startsWith("Success."),
  message: result.trim().split("\n")[0] ?? "",
});

/** Applies a patch. One whose result was lost is tried again; when it then does not fit, it had been applied. */
function* applyPatch(say: string, patch: string, beside: readonly CallDraft[] = []): Procedure<Applied> {
  const call: CallDraft = { name: "apply_patch", args: { input: patch } };
  const results = yield { say, calls: [...beside, call] };
  const result = results[beside.length] ?? "";
  if (result !== "" && !/stopped before this finished|^not run: /.test(result)) return readPatchResult(result);
  const [again] = yield { say: "That was cut off; I am making sure that the edit is in place.", calls: [call] };
  const second = readPatchResult(again ?? "");
  return second.ok ? second : { ok: true, message: "it was already in place" };
}

/** Takes back the edit that stands now. False, with the reason, when the files no longer hold it as it was applied. */
export function* takeBack(say: string, memory: Memory): Procedure<Applied> {
  const { applied } = memory;
  if (applied === null) return { ok: true, message: "" };
  const inverse = invertPatch(applied.patch);
  if (inverse === null) return { ok: false, message: "the edit adds or removes files" };
  const outcome = yield* applyPatch(say, inverse);
  if (outcome.ok) memory.applied = null;
  return outcome;
}

export type Attempt =
  /** `whole`: the user's whole command passes; else only the tests do, by the search's own command for them. */
  | { readonly type: "passes"; readonly candidate: Candidate; readonly run: CommandOutcome; readonly whole: boolean }
  /** It was taken back, unless `stuck` says why it could not be. */
  | {
      readonly type: "fails";
      readonly candidate: Candidate;
      readonly run: CommandOutcome;
      readonly stuck: string | null;
    }
  | { readonly type: "not_applied"; readonly candidate: Candidate; readonly message: string };

const short = (text: string): string => {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
};

/** Applies one edit of the search, runs the whole test command, and takes the edit back when that fails. */
export function* tryEdit(
  memory: Memory,
  candidate: Candidate,
  command: string,
  beside: readonly CallDraft[] = [],
): Procedure<Attempt> {
  const place = `${candidate.file}:${candidate.line}`;
  const say = `Applying the edit at ${place}: ${short(candidate.before) || "(nothing)"} → ${short(candidate.after) || "(nothing)"}`;
  const edit = yield* applyPatch(say, candidate.patch, beside);
  memory.tried.push(candidate);
  if (!edit.ok) return { type: "not_applied", candidate, message: edit.message };
  memory.applied = candidate;
  const run = yield* runCommand("Running the whole test command again.", testRun(command));
  memory.testsPass = passed(run);
  if (memory.testsPass) return { type: "passes", candidate, run, whole: true };
  const narrow = memory.report?.test.command;
  if (narrow !== undefined && narrow !== command) {
    const tests = yield* runCommand(
      "It still fails. Running the tests alone, without what the command does besides.",
      testRun(narrow),
    );
    if (passed(tests)) return { type: "passes", candidate, run, whole: false };
  }
  const back = yield* takeBack("It does not pass; taking the edit back.", memory);
  return { type: "fails", candidate, run, stuck: back.ok ? null : back.message };
}
