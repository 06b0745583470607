import fs from "node:fs";
import path from "node:path";
import { createProcessAttempt, createWorkerAttempt, tryAll } from "./attempts.ts";
import { establishFailure } from "./baseline.ts";
import type { Hints } from "./candidates/types.ts";
import { resolveTestCommand } from "./command/resolve.ts";
import { createPrivateCopy, type PrivateCopy } from "./private-copy.ts";
import { rankEdits } from "./ranking.ts";
import type { SearchHost, SearchRun } from "./search-run.ts";
import type { SearchState } from "./state.ts";
import { coveredSuspects, namedSuspects } from "./suspects.ts";
import { framesOf, hintsOf } from "./suspicion/evidence.ts";

/** Searches until something good is found, the time is over or the signal aborts; what it knows is in `state`. */
export async function runSearch(state: SearchState, host: SearchHost): Promise<void> {
  const root = fs.realpathSync(state.options.root);
  const test = resolveTestCommand(root, state.options.test);
  state.test = test;
  let copy: PrivateCopy | undefined;
  const getCopy = () => {
    copy ??= createPrivateCopy(root);
    return copy;
  };
  try {
    await search({ state, host, test, root, copy: getCopy });
  } finally {
    copy?.remove();
  }
}

async function search(run: SearchRun): Promise<void> {
  const { state, host, root } = run;
  const baseline = await establishFailure(run);
  if (baseline === undefined) return;
  const { worker } = baseline;
  const output = baseline.run.output;
  const suspects =
    worker === undefined
      ? namedSuspects(root, output, baseline.covered, state.options.files)
      : coveredSuspects(root, worker.measured, worker.failing, state.options.files);
  const stacks = worker?.failing.map((outcome) => outcome.error?.stack ?? "") ?? [output];
  const ranking = await rankEdits(suspects, hintsFrom(state, root, stacks), state.options.seed);
  state.total = ranking.edits.length;
  state.lines = ranking.lines;
  const files = suspects.length === 1 ? "1 file" : `${suspects.length} files`;
  host.say(`${state.total.toLocaleString("en")} candidates in ${files}`);
  const texts = new Map(suspects.map((suspect) => [suspect.file, suspect.text]));
  const { durationMs } = baseline.run;
  const attempt =
    worker === undefined ? createProcessAttempt(run, durationMs) : createWorkerAttempt(run, worker, durationMs);
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
