import type { Candidate, SearchReport } from "../../offline/search/report.ts";
import { type Answer, answer } from "./answer.ts";
import { type Attempt, takeBack, tryEdit } from "./apply-edit.ts";
import type { Limits } from "./classify.ts";
import type { Memory } from "./memory.ts";
import { planCall } from "./plan-calls.ts";
import { mended, notMended, proposed } from "./repair-text.ts";
import type { CallDraft, Procedure } from "./replay.ts";
import { runCommand } from "./run-command.ts";
import { runTests, type TestStanding } from "./run-tests.ts";
import { findReport } from "./search-report.ts";
import { quoteWords } from "./shell-quote.ts";
import { alreadyPassing, noReport, testsSeen } from "./test-text.ts";

/** What a procedure is given besides the user's words. */
export type Setting = {
  readonly memory: Memory;
  readonly limits: Limits;
  readonly surroundings: string;
  /** The argument list that starts the search, without its options. */
  readonly searchProgram: readonly string[];
  /** Whether the plan can be shown. */
  readonly plans: boolean;
};

/** The search's whole command line. */
const searchCommand = (program: readonly string[], test: string, seconds: number, seed: number): string =>
  quoteWords([...program, "--root", ".", "--test", test, "--seconds", String(seconds), "--seed", String(seed)]);

const pollMs = 10_000;

/** Runs the search as one command and reads its report. */
function* search(setting: Setting, test: string, beside: readonly CallDraft[]): Procedure<SearchReport | Answer> {
  const { seconds, seed } = setting.memory;
  const command = searchCommand(setting.searchProgram, test, seconds, seed);
  // The search stops by itself; its first runs of a slow suite come on top of its own time.
  const polls = Math.ceil((seconds * 3000 + 600_000) / pollMs);
  const say = `It fails. Searching up to ${seconds} s for an edit that makes it pass.`;
  // It tries edits in a copy of its own; the workspace is closed to it besides, whatever those edits do.
  const outcome = yield* runCommand(say, { command, waitMs: pollMs, polls, readOnly: true }, beside);
  return findReport(outcome.output) ?? noReport(test, outcome);
}

const settle = (memory: Memory, limits: Limits): void => {
  memory.seconds = limits.seconds ?? memory.seconds;
  memory.seed = limits.seed ?? memory.seed;
};

const isReport = (found: SearchReport | Answer): found is SearchReport => "fettle_search" in found;

const remember = (memory: Memory, report: SearchReport): Candidate[] => {
  memory.report = report;
  memory.tried = [];
  memory.candidates = [...(report.winner === undefined ? [] : [report.winner]), ...report.alternatives];
  return memory.candidates;
};

/** Tries the edits in order until one holds. */
function* tryAll(
  memory: Memory,
  edits: readonly Candidate[],
  command: string,
  beside: readonly CallDraft[],
): Procedure<{ attempts: Attempt[]; held: Extract<Attempt, { type: "passes" }> | null }> {
  const attempts: Attempt[] = [];
  for (const edit of edits) {
    const attempt = yield* tryEdit(memory, edit, command, attempts.length === 0 ? beside : []);
    if (attempt.type === "passes") return { attempts, held: attempt };
    attempts.push(attempt);
    if (attempt.type === "fails" && attempt.stuck !== null) break;
  }
  return { attempts, held: null };
}

const testRequest = (setting: Setting, plan: (done: number, command: string) => CallDraft[]) => ({
  memory: setting.memory,
  named: setting.limits.command ?? null,
  surroundings: setting.surroundings,
  plan: (test: { command: string }) => plan(1, test.command),
});

/** Makes failing tests pass: finds and runs the tests, searches, applies, proves. `keep`: changes nothing. */
export function* repair(setting: Setting, keep: boolean): Procedure<Answer> {
  const { memory } = setting;
  settle(memory, setting.limits);
  const plan = (done: number, command: string, over = false): CallDraft[] =>
    setting.plans ? [planCall(command, keep, done, over)] : [];
  function* closePlan(done: number, command: string): Procedure<void> {
    const calls = plan(done, command, true);
    if (calls.length > 0) yield { say: "", calls };
  }

  const standing: TestStanding = yield* runTests(testRequest(setting, plan));
  if (standing.type === "blocked") return standing.answer;
  const { command } = standing.test;
  if (standing.type === "passed") {
    yield* closePlan(2, command);
    return alreadyPassing(memory, command, standing.run);
  }
  const found = yield* search(setting, command, plan(2, command));
  if (!isReport(found)) {
    yield* closePlan(2, command);
    return found;
  }
  const edits = remember(memory, found);
  const [best] = edits;
  if (best === undefined || found.status !== "found") {
    yield* closePlan(3, command);
    return notMended(memory, found, command, []);
  }
  if (keep) {
    yield* closePlan(4, command);
    return proposed(memory, found, command, best);
  }
  const { attempts, held } = yield* tryAll(memory, edits, command, plan(3, command));
  yield* closePlan(held === null ? 3 : 4, command);
  return held === null ? notMended(memory, found, command, attempts) : mended(memory, found, command, held, attempts);
}

/** Takes back what stands and searches again with another seed and, unless the user says otherwise, twice the time. */
export function* searchMore(setting: Setting): Procedure<Answer> {
  const { memory, limits } = setting;
  if (memory.applied !== null) {
    const back = yield* takeBack("Taking back the edit that stands, to search anew.", memory);
    if (!back.ok)
      return answer(`I cannot take back the edit that stands: ${back.message}. \`fettle undo\` restores the files.`);
  }
  const more: Limits = {
    ...limits,
    seconds: limits.seconds ?? Math.min(memory.seconds * 2, 600),
    seed: limits.seed ?? memory.seed + 1,
  };
  return yield* repair({ ...setting, limits: more }, false);
}

/** Runs the tests and says how they end. */
export function* onlyRunTests(setting: Setting): Procedure<Answer> {
  const standing = yield* runTests(testRequest(setting, () => []));
  return standing.type === "blocked" ? standing.answer : testsSeen(standing.test.command, standing.run);
}
