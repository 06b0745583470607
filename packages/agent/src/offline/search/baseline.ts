import path from "node:path";
import { type CommandRun, runCommand } from "./command/run.ts";
import { failureCount, type InProcessBaseline, inProcessBaseline } from "./in-process.ts";
import { relocate } from "./relocate.ts";
import type { TestOutcome } from "./runner/messages.ts";
import type { SearchRun } from "./search-run.ts";
import type { SearchState } from "./state.ts";
import { framesOf } from "./suspicion/evidence.ts";
import { scriptsRunBy } from "./suspicion/process-coverage.ts";

const MAX_REPORTED = 20;

type Baseline = {
  readonly run: CommandRun;
  readonly worker: InProcessBaseline | undefined;
  readonly covered: ReadonlySet<string>;
  /** What the tests themselves create and alter in the project, relative to it. */
  readonly own: ReadonlySet<string>;
};

/** Runs the tests as they are. Undefined when there is nothing to search for; the state then says why. */
export async function establishFailure(run: SearchRun): Promise<Baseline | undefined> {
  const { state, host, test, root } = run;
  for (const part of test.dropped) host.say(`left out of the search: ${part}`);
  if (test.missing !== undefined) {
    state.end = { status: "error", reason: `no test command: package.json has no script "${test.missing}"` };
    return undefined;
  }
  const limitMs = Math.max(5000, state.options.seconds * 1000);
  const { run: first, covered } = await scriptsRunBy(test.command, root, limitMs, host.signal);
  if (host.signal.aborted) return undefined;
  const left = run.copy.restore();
  if (first.code === 0) return endOfGreen(run, limitMs);
  const fault = faultOf(first, limitMs);
  if (fault !== undefined) {
    state.end = { status: "error", reason: fault };
    return undefined;
  }
  const { output } = first;
  const worker = await inProcessBaseline(host.program, root, test, output, Math.min(limitMs, 15_000));
  state.engine = worker === undefined ? "process" : "in-process";
  const outcomes = worker?.failing.slice(0, MAX_REPORTED).map((outcome) => describe(root, outcome));
  const failing = outcomes ?? failingFromOutput(root, output);
  state.failing = failing.map((item) => ({ ...item, message: relocate(item.message, [root], run.project) }));
  const how = worker === undefined ? "one process per candidate" : "in one process";
  const passing = worker === undefined ? "" : `, ${worker.passing} passing`;
  host.say(`${failureCount(output) ?? state.failing.length} failing${passing} (${test.runner}, ${how})`);
  const again = run.copy.restore();
  const own = new Set([left, again].flatMap(({ created, altered }) => [...created, ...altered]));
  return { run: first, worker, covered, own };
}

/** Why a failed command says nothing about tests. */
function faultOf(run: CommandRun, limitMs: number): string | undefined {
  if (run.timedOut) return `the test command did not end within ${Math.round(limitMs / 1000)} s`;
  if (run.code === 127 || run.code === 126 || run.code === null) {
    return `the test command cannot be run: ${lastLine(run.output)}`;
  }
  const missing = /^.*missing script:.*$/im.exec(run.output);
  return missing === null ? undefined : `no test command: ${missing[0].trim()}`;
}

/** The tests pass; whether something else in the command fails is told by the whole command. */
async function endOfGreen({ state, host, test, root }: SearchRun, limitMs: number): Promise<undefined> {
  state.end = { status: "no_failure", reason: "the test command passes" };
  if (test.dropped.length === 0) return;
  const whole = await runCommand(test.whole, root, limitMs, {}, host.signal);
  if (whole.code === 0 || whole.timedOut) return;
  state.end = { status: "unsupported", reason: `the tests pass; what fails is one of: ${test.dropped.join(" · ")}` };
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
  const found = [...new Set(names)]
    .slice(0, MAX_REPORTED)
    .map((name) => ({ name, message: error.slice(0, 500), ...location }));
  return found.length > 0 ? found : [{ message: error.slice(0, 500), ...location }];
}
