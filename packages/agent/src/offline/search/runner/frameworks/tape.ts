import { createRequire } from "node:module";
import { resourceMark, untilIdle } from "../invoke.ts";
import { testId } from "../messages.ts";
import type { Shim } from "../modules.ts";
import type { Reporter } from "../suite.ts";
import type { FrameworkAdapter } from "./framework.ts";

type Row = { type: string; id?: number; test?: number; parent?: number; name?: string; ok?: boolean; operator?: string } & Record<
  string,
  unknown
>;
type Harness = ((...args: unknown[]) => unknown) & {
  createStream(options: object): NodeJS.ReadableStream & { destroy?: () => void };
};
type Tape = ((...args: unknown[]) => unknown) & { createHarness(options?: object): Harness; Test?: TapeTest };
type TapeTest = { prototype: { _assert?: (ok: unknown, options: { skip?: boolean }) => unknown } };

/** The project's own tape with a fresh harness per file; its rows of results are read as objects. */
export function tapeFramework(root: string, moduleName = "tape"): FrameworkAdapter {
  let harness: Harness | undefined;
  let file = "";
  let reporter: Reporter | undefined;
  let mark = 0;
  let real: Tape | undefined;
  let loading = false;
  const load = () => {
    const require = createRequire(`${root}/package.json`);
    if (real !== undefined) return real;
    loading = true;
    try {
      real = require(moduleName) as Tape;
    } finally {
      loading = false;
    }
    observeAsserts(real, require, moduleName, (ok) => reporter?.checked(ok));
    return real;
  };

  const declare = (args: unknown[], property?: string) => {
    const name = args.find((value) => typeof value === "string") ?? "(anonymous)";
    if (reporter?.wants(testId(file, String(name))) === false) return undefined;
    const target = property === undefined ? harness : (harness as unknown as Record<string, unknown>)?.[property];
    return typeof target === "function" ? Reflect.apply(target, harness, args) : undefined;
  };
  const shim: Shim = (loadReal) => {
    if (loading) return loadReal();
    const base = load();
    const call = (...args: unknown[]) => declare(args);
    const only = (...args: unknown[]) => declare(args, "only");
    Object.assign(call, base, { only, test: call, default: call });
    return call;
  };
  const rows: Row[] = [];
  let ended = false;

  return {
    shims: new Map([[moduleName, shim]]),
    main: false,
    begin(nextFile, nextReporter) {
      file = nextFile;
      reporter = nextReporter;
      rows.length = 0;
      ended = false;
      harness = load().createHarness();
      mark = resourceMark();
      const stream = harness.createStream({ objectMode: true });
      const seen: Row[] = rows;
      stream.on("data", (row: Row) => {
        seen.push(row);
        if (row.type === "test" && row.parent === undefined) nextReporter.started(testId(nextFile, String(row.name)));
      });
      stream.on("end", () => {
        ended = true;
      });
    },
    async finish(finishing) {
      const rest = await untilIdleOr(() => ended || (finishing.stopped() && rows.some(isFailure)), mark, finishing.timeoutMs);
      report(rows, file, finishing, rest && ended);
    },
  };
}

async function untilIdleOr(done: () => boolean, mark: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!done() && performance.now() < deadline) {
    if (await untilIdle(mark, Math.min(20, timeoutMs))) break;
  }
  return done();
}

function isFailure(row: Row): boolean {
  return row.type === "assert" && row.ok === false && !row["todo"] && !row["skip"];
}

/** One outcome per top-level test: its first failed assertion, or that it never ended. */
function report(rows: readonly Row[], file: string, reporter: Reporter, complete: boolean): void {
  const tests = new Map<number, Row>();
  const topOf = (id: number | undefined): Row | undefined => {
    const test = id === undefined ? undefined : tests.get(id);
    return test?.parent === undefined ? test : (topOf(test.parent) ?? test);
  };
  const failures = new Map<Row, unknown>();
  const finished = new Set<number | undefined>();
  for (const row of rows) {
    if (row.type === "test" && row.id !== undefined) tests.set(row.id, row);
    else if (row.type === "end") finished.add(row.test);
    else if (isFailure(row)) {
      const test = topOf(row.test);
      if (test !== undefined && !failures.has(test)) failures.set(test, describeRow(row));
    }
  }
  for (const test of tests.values()) {
    if (test.parent !== undefined) continue;
    const unfinished = !complete && !finished.has(test.id) ? new Error("the test never ended") : undefined;
    reporter.ended(file, String(test.name), failures.get(test) ?? unfinished);
  }
}

function describeRow(row: Row): Error {
  const show = (value: unknown) => {
    try {
      return JSON.stringify(value)?.slice(0, 200) ?? String(value);
    } catch {
      return "[object]";
    }
  };
  const given = row["error"];
  const error = new Error(`${row.name ?? ""} (${row.operator ?? ""}): expected ${show(row["expected"])}, got ${show(row["actual"])}`);
  if (given instanceof Error && given.stack !== undefined) error.stack = given.stack;
  return error;
}

const observed = new WeakSet<object>();

/** Calls back after each assertion, so that coverage can be cut at assertions. */
function observeAsserts(tape: Tape, require: NodeJS.Require, name: string, checked: (ok: boolean) => void): void {
  let TestClass = tape.Test;
  try {
    TestClass ??= require(`${name}/lib/test`) as TapeTest;
  } catch {
    return;
  }
  const prototype = TestClass.prototype;
  const original = prototype._assert;
  if (original === undefined || observed.has(prototype)) return;
  observed.add(prototype);
  prototype._assert = function (ok, options) {
    const result = original.call(this, ok, options);
    checked(Boolean(ok) || Boolean(options?.skip));
    return result;
  };
}
