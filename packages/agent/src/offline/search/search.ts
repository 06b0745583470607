import fs from "node:fs";
import path from "node:path";
import { createProcessAttempt, createWorkerAttempt } from "./attempts.ts";
import { establishFailure } from "./baseline.ts";
import type { Hints } from "./candidates/types.ts";
import { resolveTestCommand } from "./command/resolve.ts";
import { createPrivateCopy, type PrivateCopy } from "./private-copy.ts";
import { rankEdits } from "./ranking.ts";
import { relocate, relocatedEnvironment } from "./relocate.ts";
import type { SearchHost, SearchRun } from "./search-run.ts";
import type { SearchState } from "./state.ts";
import { coveredSuspects, namedSuspects, recentlyChanged } from "./suspects.ts";
import { framesOf, hintsOf } from "./suspicion/evidence.ts";
import { tryAll } from "./try-edits.ts";

/** Searches until something good is found, the time is over or the signal aborts; what it knows is in `state`. */
export async function runSearch(state: SearchState, host: SearchHost): Promise<void> {
  const project = fs.realpathSync(state.options.root);
  const copy = makeCopy(state, project);
  if (copy === undefined) return;
  process.once("exit", copy.remove);
  try {
    const { root } = copy;
    state.root = root;
    if (copy.leftOut.length > 0) host.say(`too large to be copied, left out: ${copy.leftOut.join(", ")}`);
    const places = [project, state.options.root];
    moveTo(copy, places);
    const command = relocate(state.options.test, places, root);
    const test = resolveTestCommand(root, command);
    state.test = test;
    await search({ state, host, test, root, copy, project });
  } finally {
    process.off("exit", copy.remove);
    copy.remove();
  }
}

/** The private copy; without one nothing is run, and the state says why. */
function makeCopy(state: SearchState, project: string): PrivateCopy | undefined {
  try {
    const copy = createPrivateCopy(project);
    if (copy !== undefined) return copy;
    state.end = { status: "unsupported", reason: "the folder is too large for a private copy to try edits in" };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    state.end = { status: "unsupported", reason: `no private copy can be made to try edits in: ${message}` };
  }
  return undefined;
}

/** From here on what this process starts knows only of the copy. */
function moveTo(copy: PrivateCopy, places: readonly string[]): void {
  process.env = relocatedEnvironment(process.env, places, copy.root);
}

async function search(run: SearchRun): Promise<void> {
  const { state, host, root, test, project } = run;
  const baseline = await establishFailure(run);
  if (baseline === undefined) return;
  const { worker } = baseline;
  const output = baseline.run.output;
  const allowed = { root, patterns: state.options.files, tests: new Set(test.named) };
  const suspects =
    worker === undefined
      ? namedSuspects(allowed, output, baseline.covered, recentlyChanged(project))
      : coveredSuspects(allowed, worker.measured, worker.failing);
  const stacks = worker?.failing.map((outcome) => outcome.error?.stack ?? "") ?? [output];
  const ranking = await rankEdits(suspects, hintsFrom(state, root, stacks), state.options.seed);
  state.total = ranking.edits.length;
  state.lines = ranking.lines;
  const files = suspects.length === 1 ? "1 file" : `${suspects.length} files`;
  host.say(`${state.total.toLocaleString("en")} candidates in ${files}`);
  const texts = new Map(suspects.map((suspect) => [suspect.file, suspect.text]));
  const { durationMs } = baseline.run;
  const attempt =
    worker === undefined
      ? createProcessAttempt(run, durationMs, baseline.own)
      : createWorkerAttempt(run, worker, durationMs, baseline.own);
  await tryAll(run, ranking.edits, texts, attempt);
  worker?.client.close();
}

/** Hints from the failing tests: names, messages, and the lines of the test around what failed. */
function hintsFrom(state: SearchState, root: string, stacks: readonly string[]): Hints {
  const texts = state.failing.flatMap((test) => [test.name ?? "", test.message]);
  for (const frame of stacks.flatMap(framesOf)) {
    if (!frame.file.startsWith(root + path.sep) || frame.file.includes("node_modules")) continue;
    const lines = fs.existsSync(frame.file) ? fs.readFileSync(frame.file, "utf8").split("\n") : [];
    texts.push(lines.slice(Math.max(0, frame.line - 7), frame.line + 3).join("\n"));
  }
  return hintsOf(texts);
}
