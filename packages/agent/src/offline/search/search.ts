import fs from "node:fs";
import path from "node:path";
import type { Hints } from "./candidates/types.ts";
import { type ResolvedTest, resolveTestCommand } from "./command/resolve.ts";
import { type CommandRun, runCommand } from "./command/run.ts";
import { failureCount, type InProcessBaseline, inProcessBaseline, isStillFailing, tryInProcess } from "./in-process.ts";
import type { SearchOptions } from "./options.ts";
import { applyChange } from "./patch.ts";
import { createPrivateCopy, type PrivateCopy } from "./private-copy.ts";
import { type RankedEdit, rankEdits, type Suspect } from "./ranking.ts";
import type { TestOutcome } from "./runner/messages.ts";
import type { SearchState } from "./state.ts";
import { coveredSuspects, namedSuspects } from "./suspects.ts";
import { framesOf, hintsOf } from "./suspicion/evidence.ts";
import { scriptsRunBy } from "./suspicion/process-coverage.ts";

/** How the search talks and stops; `program` is how this program is started again as a worker. */
export type SearchHost = {
  readonly program: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Searches until something good is found, the time is over or the signal aborts; what it knows is in `state`. */
export async function runSearch(state: SearchState, host: SearchHost): Promise<void> {
  const { options } = state;
  const root = fs.realpathSync(options.root);
  const test = resolveTestCommand(root, options.test);
  state.test = test;
  const copies = createCopies(root);
  try {
    const baseline = await establishFailure(state, host, test, root, copies);
    if (baseline === undefined) return;
    if (baseline.worker === undefined) await searchByProcess(state, host, test, root, baseline, copies);
    else await searchInProcess(state, host, test, root, baseline.worker, copies);
    baseline.worker?.client.close();
  } finally {
    copies.remove();
  }
}

type Baseline = {
  readonly run: CommandRun;
  readonly worker: InProcessBaseline | undefined;
  readonly covered: ReadonlySet<string>;
};
type Copies = { get(): PrivateCopy; remove(): void };

function createCopies(root: string): Copies {
  let copy: PrivateCopy | undefined;
  const get = () => {
    copy ??= createPrivateCopy(root);
    return copy;
  };
  return { get, remove: () => copy?.remove() };
}

function remainingMs(state: SearchState): number {
  return state.startedMs + state.options.seconds * 1000 - performance.now();
}

async function establishFailure(
  state: SearchState,
  host: SearchHost,
  test: ResolvedTest,
  root: string,
  copies: Copies,
): Promise<Baseline | undefined> {
  for (const part of test.dropped) host.say(`left out of the search: ${part}`);
  const limitMs = Math.max(5000, state.options.seconds * 1000);
  const copy = copies.get();
  const { run, covered } = await scriptsRunBy(test.command, copy.root, limitMs, host.signal);
  if (host.signal.aborted) return undefined;
  const end = (status: "no_failure" | "unsupported" | "error", reason: string) => {
    state.end = { status, reason };
    return undefined;
  };
  if (run.timedOut) return end("error", `the test command did not end within ${Math.round(limitMs / 1000)} s`);
  if (run.code === 127 || run.code === 126 || run.code === null)
    return end("error", `the test command cannot be run: ${lastLine(run.output)}`);
  if (/missing script: /i.test(run.output))
    return end("error", `no test command: ${lastLine(run.output.split("\n").slice(0, 2).join("\n"))}`);
  if (run.code === 0) return endOfGreen(state, host, test, copy.root, limitMs);
  const inTree = new Set([...covered].map((file) => path.join(root, path.relative(copy.root, file))));
  const output = run.output.replaceAll(copy.root, root);
  const worker = await inProcessBaseline(host.program, root, test, output, Math.min(limitMs, 15_000));
  state.engine = worker === undefined ? "process" : "in-process";
  state.failing =
    worker === undefined
      ? failingFromOutput(root, output)
      : worker.failing.slice(0, 20).map((outcome) => describe(root, outcome));
  const how = worker === undefined ? "one process per candidate" : "in one process";
  host.say(
    `${failureCount(output) ?? state.failing.length} failing, ${worker?.passing ?? "?"} passing (${test.runner}, ${how})`,
  );
  return { run: { ...run, output }, worker, covered: inTree };
}

/** The tests pass; whether something else in the command fails is told by the whole command. */
async function endOfGreen(
  state: SearchState,
  host: SearchHost,
  test: ResolvedTest,
  cwd: string,
  limitMs: number,
): Promise<undefined> {
  if (test.dropped.length > 0) {
    const whole = await runCommand(state.options.test, cwd, limitMs, {}, host.signal);
    if (whole.code !== 0 && !whole.timedOut) {
      state.end = {
        status: "unsupported",
        reason: `the tests pass; what fails is one of: ${test.dropped.join(" · ")}`,
      };
      return;
    }
  }
  state.end = { status: "no_failure", reason: "the test command passes" };
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1)?.trim().slice(0, 200) ?? "";
}

function describe(root: string, outcome: TestOutcome): SearchState["failing"][number] {
  const error = outcome.error;
  const frame = framesOf(error?.stack ?? "").find(
    (item) => item.file.startsWith(root + path.sep) && !item.file.includes("node_modules"),
  );
  return {
    file: path.relative(root, outcome.file),
    name: outcome.name,
    message: (error?.message ?? "").slice(0, 500),
    ...(frame === undefined ? {} : { location: `${path.relative(root, frame.file)}:${frame.line}` }),
  };
}

/** Failing tests as far as a plain output names them. */
function failingFromOutput(root: string, output: string): SearchState["failing"] {
  const names = [...output.matchAll(/^\s*(?:not ok \d+ -? ?|FAILED |✖ |✗ |× |--- FAIL: |\d+\) )(.+)$/gm)].map(
    (match) => match[1]?.trim() ?? "",
  );
  const error = /^.*(?:Error|Exception|panic|FAIL|fatal)\b.*$/m.exec(output)?.[0].trim() ?? lastLine(output);
  const frame = framesOf(output).find(
    (item) => item.file.startsWith(root + path.sep) && !item.file.includes("node_modules"),
  );
  const location = frame === undefined ? {} : { location: `${path.relative(root, frame.file)}:${frame.line}` };
  const found = [...new Set(names)].slice(0, 20).map((name) => ({ name, message: error.slice(0, 500), ...location }));
  return found.length > 0 ? found : [{ message: error.slice(0, 500), ...location }];
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

async function prepare(
  state: SearchState,
  host: SearchHost,
  suspects: readonly Suspect[],
  hints: Hints,
): Promise<readonly RankedEdit[]> {
  const { edits, lines } = await rankEdits(suspects, hints, state.options.seed);
  state.total = edits.length;
  state.lines = lines;
  host.say(
    `${edits.length.toLocaleString("en")} candidates in ${suspects.length} ${suspects.length === 1 ? "file" : "files"}`,
  );
  return edits;
}

async function searchInProcess(
  state: SearchState,
  host: SearchHost,
  test: ResolvedTest,
  root: string,
  worker: InProcessBaseline,
  copies: Copies,
): Promise<void> {
  const suspects = coveredSuspects(root, worker.measured, worker.failing, state.options.files);
  const hints = hintsFrom(
    state,
    root,
    worker.failing.map((outcome) => outcome.error?.stack ?? ""),
  );
  const edits = await prepare(state, host, suspects, hints);
  const texts = new Map(suspects.map((suspect) => [suspect.file, suspect.text]));
  let sinceCheck = 0;
  await tryAll(state, host, edits, texts, async (edit, text) => {
    if (++sinceCheck >= 200) {
      sinceCheck = 0;
      if (!(await isStillFailing(worker))) worker.client.close();
    }
    const verdict = await tryInProcess(worker, edit.file, text);
    if (verdict !== "passes") return undefined;
    const confirmed = await tryInCopy(
      copies,
      test,
      edit.file,
      text,
      host.signal,
      Math.max(3000, worker.timeoutMs * 10),
    );
    if (!confirmed) worker.client.close();
    return confirmed ? worker.passing + worker.failing.length : undefined;
  });
}

async function searchByProcess(
  state: SearchState,
  host: SearchHost,
  test: ResolvedTest,
  root: string,
  baseline: Baseline,
  copies: Copies,
): Promise<void> {
  const suspects = namedSuspects(root, baseline.run.output, baseline.covered, state.options.files);
  const edits = await prepare(state, host, suspects, hintsFrom(state, root, [baseline.run.output]));
  const texts = new Map(suspects.map((suspect) => [suspect.file, suspect.text]));
  const timeoutMs = Math.min(60_000, Math.max(2000, baseline.run.durationMs * 3));
  await tryAll(state, host, edits, texts, async (edit, text) =>
    (await tryInCopy(copies, test, edit.file, text, host.signal, timeoutMs)) ? 0 : undefined,
  );
}

async function tryInCopy(
  copies: Copies,
  test: ResolvedTest,
  file: string,
  text: string,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<boolean> {
  const copy = copies.get();
  copy.change(file, text);
  const run = await runCommand(test.command, copy.root, timeoutMs, {}, signal);
  return run.code === 0 && !signal.aborted;
}

type Attempt = (edit: RankedEdit, text: string) => Promise<number | undefined>;
/** Share of the whole time that is spent on alternatives once something passes. */
const EXTRA_SHARE = 0.25;
const ENOUGH_SURVIVORS = 6;
const PER_LINE = 2;

/** Tries candidates in order; after the first that passes, a little longer for better ones and alternatives. */
async function tryAll(
  state: SearchState,
  host: SearchHost,
  edits: readonly RankedEdit[],
  texts: ReadonlyMap<string, string>,
  attempt: Attempt,
): Promise<void> {
  let extraEnd = Number.POSITIVE_INFINITY;
  let lastSaid = performance.now();
  for (const edit of edits) {
    const now = performance.now();
    if (host.signal.aborted || remainingMs(state) <= 0 || now > extraEnd) return;
    const text = texts.get(edit.file);
    const sameLine = state.survivors.filter(
      (survivor) => survivor.edit.file === edit.file && survivor.edit.line === edit.line,
    );
    if (text === undefined || sameLine.length >= PER_LINE) continue;
    const passes = await attempt(edit, applyChange(text, edit));
    state.tried++;
    if (passes !== undefined) {
      state.survivors.push({ edit, text, passes });
      extraEnd = Math.min(extraEnd, performance.now() + state.options.seconds * 1000 * EXTRA_SHARE);
      if (state.survivors.length >= ENOUGH_SURVIVORS) return;
    }
    if (passes !== undefined || now - lastSaid > 1000) {
      lastSaid = now;
      host.say(progressLine(state));
    }
  }
}

function progressLine(state: SearchState): string {
  const count = state.survivors.length;
  const passing = count === 0 ? "none passes yet" : `${count} ${count === 1 ? "passes" : "pass"} all tests`;
  return `tried ${state.tried.toLocaleString("en")} of ${state.total.toLocaleString("en")} candidates; ${passing}`;
}

export type { SearchOptions };
