import type { ResolvedTest } from "./command/resolve.ts";
import { createWorkerClient, type WorkerClient } from "./runner/client.ts";
import type { RunResult, TestOutcome, WorkerSetup } from "./runner/messages.ts";

/** The tests as the worker sees them before anything is changed. */
export type InProcessBaseline = {
  readonly client: WorkerClient;
  readonly failing: readonly TestOutcome[];
  /** Ids that fail only inside the worker, not under the real command: they say nothing. */
  readonly unusable: ReadonlySet<string>;
  readonly passing: number;
  /** Coverage of the failing tests and of some that pass. */
  readonly measured: RunResult;
  readonly timeoutMs: number;
};

const FIRST_TIMEOUT_MS = 4000;
const MAX_COVERED_TESTS = 250;

/**
 * Runs the tests in the worker, and again to see that they can be run again. Undefined when the worker cannot stand in
 * for the real command: it finds no failing test, other ones than the command, or not the same ones twice.
 */
export async function inProcessBaseline(
  program: readonly string[],
  root: string,
  test: ResolvedTest,
  output: string,
  limitMs: number,
): Promise<InProcessBaseline | undefined> {
  if (test.runner === "command") return undefined;
  const { files, requires, ui } = test;
  const setup: WorkerSetup = { type: "setup", root, framework: test.runner, files, requires, ui };
  const client = createWorkerClient(program, setup);
  const run = async (tests?: readonly string[], coverage?: "assertions") => {
    const request = { bail: false, timeoutMs: FIRST_TIMEOUT_MS, ...(tests === undefined ? {} : { tests }) };
    const answer = await client.run(coverage === undefined ? request : { ...request, coverage }, limitMs);
    return answer.kind === "result" ? answer.result : undefined;
  };
  const give = (): undefined => {
    client.close();
    return undefined;
  };
  const first = await run();
  if (first === undefined) return give();
  const { failing, unusable } = splitFailures(first.outcomes, output);
  if (failing.length === 0) return give();
  const again = await run();
  if (again === undefined || !sameVerdicts(first.outcomes, again.outcomes)) return give();
  client.close();
  const passing = first.outcomes.filter((outcome) => outcome.error === undefined);
  const ids = [...failing, ...passing.slice(0, MAX_COVERED_TESTS)].map((outcome) => outcome.id);
  const measured = await run(passing.length > MAX_COVERED_TESTS ? ids : undefined, "assertions");
  if (measured === undefined) return give();
  const timeoutMs = Math.min(2000, Math.max(150, again.durationMs * 5));
  return { client, failing, unusable, passing: passing.length, measured, timeoutMs };
}

/** Failures that the real command reports too, as far as its output names tests; the others are the worker's own. */
function splitFailures(outcomes: readonly TestOutcome[], output: string) {
  const failures = outcomes.filter((outcome) => outcome.error !== undefined);
  const flat = output.replace(/\s+/g, " ");
  const titleOf = (outcome: TestOutcome) => (outcome.name.split(" > ").at(-1) ?? "").replace(/\s+/g, " ").trim();
  const named = failures.filter((outcome) => titleOf(outcome) !== "" && flat.includes(titleOf(outcome)));
  const failing = named.length > 0 ? named : failures.filter((outcome) => titleOf(outcome) === "");
  const count = failureCount(output);
  if (count !== undefined && failing.length > count + 2 && failing.length > count * 2)
    return { failing: [], unusable: new Set<string>() };
  const unusable = new Set(failures.filter((outcome) => !failing.includes(outcome)).map((outcome) => outcome.id));
  return { failing, unusable };
}

/** How many tests failed, where the runner's summary says so. */
export function failureCount(output: string): number | undefined {
  const match =
    /^# fail\s+(\d+)/m.exec(output) ??
    /^ℹ fail (\d+)/m.exec(output) ??
    /^\s*(\d+) failing/m.exec(output) ??
    /^\s*(\d+) tests? failed/m.exec(output);
  return match === null ? undefined : Number(match[1]);
}

function sameVerdicts(first: readonly TestOutcome[], second: readonly TestOutcome[]): boolean {
  const verdicts = (outcomes: readonly TestOutcome[]) =>
    outcomes
      .map((outcome) => `${outcome.id}\0${outcome.error === undefined}`)
      .sort()
      .join("\n");
  return verdicts(first) === verdicts(second);
}

/** The verdict on one changed file: `hangs` has cost a time-out, and perhaps a new process. */
export type Verdict = "passes" | "fails" | "hangs";

/** Runs first the failing tests, then all; cheap for the many candidates that change nothing. */
export async function tryInProcess(base: InProcessBaseline, file: string, text: string): Promise<Verdict> {
  const override = { file, text };
  const limitMs = base.timeoutMs * 2 + 500;
  const files = [...new Set(base.failing.map((outcome) => outcome.file))];
  const tests = base.failing.map((outcome) => outcome.id);
  const common = { override, bail: true, timeoutMs: base.timeoutMs };
  const answer = await base.client.run({ ...common, files, tests }, limitMs);
  if (answer.kind === "lost") return "hangs";
  if (answer.result.durationMs >= base.timeoutMs) return "hangs";
  const passed = new Set(
    answer.result.outcomes.filter((outcome) => outcome.error === undefined).map((outcome) => outcome.id),
  );
  if (!tests.every((id) => passed.has(id)) || answer.result.outcomes.some((outcome) => outcome.error !== undefined))
    return "fails";
  const all = await base.client.run({ ...common, bail: base.unusable.size === 0 }, limitMs * 4);
  if (all.kind === "lost") return "hangs";
  const failed = all.result.outcomes.filter((outcome) => outcome.error !== undefined && !base.unusable.has(outcome.id));
  const count = all.result.outcomes.filter((outcome) => outcome.error === undefined).length;
  return failed.length === 0 && count >= base.passing + base.failing.length ? "passes" : "fails";
}

/** Whether the unchanged project still fails in this process; when not, earlier candidates have left something behind. */
export async function isStillFailing(base: InProcessBaseline): Promise<boolean> {
  const files = [...new Set(base.failing.map((outcome) => outcome.file))];
  const tests = base.failing.map((outcome) => outcome.id);
  const answer = await base.client.run(
    { bail: false, timeoutMs: base.timeoutMs, files, tests },
    base.timeoutMs * 2 + 500,
  );
  if (answer.kind === "lost") return true;
  const failed = answer.result.outcomes.filter((outcome) => outcome.error !== undefined);
  return base.failing.every((outcome) =>
    failed.some((other) => other.id === outcome.id && other.error?.message === outcome.error?.message),
  );
}
