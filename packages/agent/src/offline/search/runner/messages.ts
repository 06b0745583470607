/*
 * What the search and its worker process say to each other over IPC. The worker runs the project's own code, so the
 * search treats an answer as data: `isRunResult` is checked on every message.
 */

/** The test interfaces that the worker can run inside its own process. */
export type Framework = "mocha" | "jest" | "vitest" | "node:test" | "tape" | "tap" | "ava" | "script";

export type WorkerSetup = {
  readonly type: "setup";
  /** Real path of the project. */
  readonly root: string;
  readonly framework: Framework;
  /** Absolute test files, in the order they run. */
  readonly files: readonly string[];
  /** Modules the test command preloads (`mocha -r`), resolved from the root. */
  readonly requires: readonly string[];
  /** Mocha's interface. */
  readonly ui: "bdd" | "tdd" | "qunit" | "exports";
};

export type RunRequest = {
  readonly type: "run";
  readonly id: number;
  /** One project file with other content than on disk. */
  readonly override?: { readonly file: string; readonly text: string };
  /** Test files to load; all when absent. */
  readonly files?: readonly string[];
  /** Ids of the only tests to run; all when absent. */
  readonly tests?: readonly string[];
  /** Stop at the first failure. */
  readonly bail: boolean;
  /** For one synchronous stretch and for one test, in milliseconds. */
  readonly timeoutMs: number;
  /** Take V8 coverage per test, or per assertion (slower). */
  readonly coverage?: "tests" | "assertions";
};

type TestFailure = { readonly name: string; readonly message: string; readonly stack: string };

export type TestOutcome = {
  readonly id: string;
  readonly file: string;
  readonly name: string;
  readonly error?: TestFailure;
};

/** What one test (or one stretch up to an assertion) executed: per file, covered character ranges [start, end, …]. */
export type Spectrum = {
  readonly id: string;
  readonly ok: boolean;
  readonly files: Readonly<Record<string, readonly number[]>>;
};

export type RunResult = {
  readonly type: "result";
  readonly id: number;
  readonly outcomes: readonly TestOutcome[];
  readonly durationMs: number;
  readonly rss: number;
  readonly spectra?: readonly Spectrum[];
  /** Code that ran while the files were loaded. */
  readonly loaded?: Readonly<Record<string, readonly number[]>>;
  /** Project files that the tests loaded, tests included. */
  readonly modules?: readonly string[];
};

/** Whether a message of the worker is an answer to the run `id`. */
export function isRunResult(message: unknown, id: number): message is RunResult {
  if (typeof message !== "object" || message === null) return false;
  const value = message as Partial<RunResult>;
  return value.type === "result" && value.id === id && Array.isArray(value.outcomes);
}

/** The name of a test across runs: where it is and what it is called. */
export function testId(file: string, name: string): string {
  return `${file}\n${name}`;
}
