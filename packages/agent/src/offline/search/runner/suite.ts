import { callWithDone, ExitRequested, settle } from "./invoke.ts";
import { testId } from "./messages.ts";

export type Callback = (...args: unknown[]) => unknown;

export type Suite = {
  readonly title: string;
  readonly parent?: Suite;
  readonly file: string;
  readonly skip: boolean;
  readonly only: boolean;
  readonly before: Hook[];
  readonly after: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
  readonly children: (Suite | Test)[];
  /** Mocha's `this` of hooks and tests, inherited by nested suites. */
  readonly context: object;
};

export type Hook = (context: object) => unknown;

export type Test = {
  readonly title: string;
  readonly suite: Suite;
  readonly skip: boolean;
  readonly only: boolean;
  readonly run: Hook;
};

/** What a framework's adapter needs to say about the tests it meets. */
export type Reporter = {
  /** False: this test must not be run (a filter is on). */
  wants(id: string): boolean;
  started(id: string): void;
  ended(file: string, name: string, error?: unknown): void;
  /** A test came to its end just now: a boundary for coverage, where `ended` may come later. */
  measured(id: string, ok: boolean): void;
  /** A check within a test passed (or failed): a boundary for coverage. */
  checked(ok: boolean): void;
  /** No more tests: the first failure has been seen and is enough. */
  stopped(): boolean;
  readonly timeoutMs: number;
};

/** Thrown by a test that leaves without a verdict (`this.skip()`). */
class Skipped extends Error {}

/** An empty suite; the root of a file has no parent and an empty title. */
export function createSuite(
  file: string,
  title: string,
  parent?: Suite,
  flags?: { skip?: boolean; only?: boolean },
): Suite {
  return {
    title,
    ...(parent === undefined ? {} : { parent }),
    file,
    skip: flags?.skip ?? false,
    only: flags?.only ?? false,
    before: [],
    after: [],
    beforeEach: [],
    afterEach: [],
    children: [],
    context: Object.create(parent?.context ?? mochaContext()) as object,
  };
}

function mochaContext(): object {
  const chain = function (this: object) {
    return this;
  };
  const skip = () => {
    throw new Skipped("skipped");
  };
  return { timeout: chain, slow: chain, retries: chain, skip, currentTest: { title: "" }, test: { title: "" } };
}

/** `describe` titles and the test's own, as people write them in one line. */
function fullName(test: Test): string {
  const titles = [test.title];
  for (let suite: Suite | undefined = test.suite; suite !== undefined; suite = suite.parent) {
    if (suite.title !== "") titles.unshift(suite.title);
  }
  return titles.join(" > ");
}

/** Runs a suite's tests and hooks in order. Only what the reporter wants runs, with the hooks that surround it. */
export async function runSuite(suite: Suite, reporter: Reporter): Promise<void> {
  await runNested(suite, reporter, containsOnly(suite));
}

async function runNested(suite: Suite, reporter: Reporter, onlyMode: boolean): Promise<void> {
  const tests = wantedTests(suite, reporter, onlyMode);
  if (tests.length === 0 || reporter.stopped()) return;
  try {
    for (const hook of suite.before) await settle(() => hook(suite.context), reporter.timeoutMs);
  } catch (error) {
    if (!(error instanceof Skipped)) for (const test of tests) reporter.ended(suite.file, fullName(test), error);
    return;
  }
  const ownOnly = onlyMode && suite.children.some(isMarkedOnly);
  for (const child of suite.children) {
    if (reporter.stopped()) break;
    if (ownOnly && !isMarkedOnly(child) && !("children" in child && containsOnly(child))) continue;
    if ("children" in child) {
      if (!child.skip) await runNested(child, reporter, onlyMode && !child.only ? true : containsOnly(child));
    } else if (tests.includes(child)) await runTest(child, reporter);
  }
  for (const hook of suite.after) {
    try {
      await settle(() => hook(suite.context), reporter.timeoutMs);
    } catch (error) {
      reporter.ended(suite.file, `${suite.title} "after" hook`, error);
    }
  }
}

async function runTest(test: Test, reporter: Reporter): Promise<void> {
  const name = fullName(test);
  const file = test.suite.file;
  const context = Object.create(test.suite.context) as { currentTest?: unknown; test?: unknown };
  context.currentTest = context.test = { title: test.title, fullTitle: () => name };
  reporter.started(testId(file, name));
  let failure: { error: unknown } | undefined;
  const step = async (hook: Hook) => {
    try {
      await settle(() => hook(context), reporter.timeoutMs);
    } catch (error) {
      if (error instanceof Skipped) return;
      failure ??= { error: error instanceof ExitRequested && error.code === 0 ? new Error("process.exit") : error };
    }
  };
  const around = ancestors(test.suite);
  for (const suite of around) for (const hook of suite.beforeEach) await step(hook);
  if (failure === undefined) await step(test.run);
  for (const suite of around.reverse()) for (const hook of suite.afterEach) await step(hook);
  if (failure === undefined) reporter.ended(file, name);
  else reporter.ended(file, name, failure.error ?? new Error("failed without an error"));
}

function ancestors(suite: Suite): Suite[] {
  return suite.parent === undefined ? [suite] : [...ancestors(suite.parent), suite];
}

function wantedTests(suite: Suite, reporter: Reporter, onlyMode: boolean): Test[] {
  return suite.children.flatMap((child) => {
    if (child.skip) return [];
    if ("children" in child) return wantedTests(child, reporter, onlyMode);
    return reporter.wants(testId(suite.file, fullName(child))) ? [child] : [];
  });
}

function isMarkedOnly(child: Suite | Test): boolean {
  return child.only;
}

function containsOnly(suite: Suite): boolean {
  return suite.children.some((child) => child.only || ("children" in child && containsOnly(child)));
}

/** A body in the style of mocha and jest: a promise, or a callback when it has a parameter. */
export function bodyOf(fn: Callback): Hook {
  return (context) => (fn.length > 0 ? callWithDone((done) => fn.call(context, done)) : fn.call(context));
}
