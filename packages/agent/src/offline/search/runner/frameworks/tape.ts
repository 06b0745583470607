import { createRequire } from "node:module";
import { resourceMark, untilIdle } from "../invoke.ts";
import { testId } from "../messages.ts";
import type { Shim } from "../modules.ts";
import type { Reporter } from "../suite.ts";
import type { FrameworkAdapter } from "./framework.ts";

type Row = {
  type: string;
  id?: number;
  test?: number;
  parent?: number;
  name?: string;
  ok?: boolean;
  operator?: string;
} & Record<string, unknown>;
type Harness = ((...args: unknown[]) => unknown) & {
  createStream(options: object): NodeJS.ReadableStream & { destroy?: () => void };
};
type Tape = ((...args: unknown[]) => unknown) & { createHarness(options?: object): Harness; Test?: TapeTest };
type TestObject = { name?: string; _progeny?: object[] };
type TapeTest = {
  prototype: TestObject & {
    _assert?: (this: object, ok: unknown, options: { skip?: boolean }) => unknown;
    test?: (this: TestObject, ...args: unknown[]) => unknown;
  };
};

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
    observeTests(real, require, moduleName, {
      checked: (ok) => reporter?.checked(ok),
      wants: (name) => reporter?.wants(testId(file, name)) ?? true,
    });
    return real;
  };

  const declare = (args: unknown[], property?: string) => {
    const name = args.find((value) => typeof value === "string") ?? "(anonymous)";
    if (reporter?.wants(testId(file, String(name))) === false) return undefined;
    const target = property === undefined ? harness : (harness as unknown as Record<string, unknown>)?.[property];
    const created: unknown = typeof target === "function" ? Reflect.apply(target, harness, args) : undefined;
    if (typeof created === "object" && created !== null) paths.set(created, String(name));
    return created;
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
      const names = new Map<number | undefined, { name: string; ok: boolean }>();
      stream.on("data", (row: Row) => {
        seen.push(row);
        measure(row, names, nextFile, nextReporter);
      });
      stream.on("end", () => {
        ended = true;
      });
    },
    async finish(finishing) {
      const rest = await untilIdleOr(
        () => ended || (finishing.stopped() && rows.some(isFailure)),
        mark,
        finishing.timeoutMs,
      );
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
  return row.type === "assert" && row.ok === false && !row.todo && !row.skip;
}

type Running = Map<number | undefined, { name: string; ok: boolean }>;

/** Follows the rows as they come, so that coverage can be cut where a test ends. */
function measure(row: Row, running: Running, file: string, reporter: Reporter): void {
  const test = running.get(row.type === "test" ? row.parent : row.test);
  if (row.type === "test") {
    const name = test === undefined ? String(row.name) : `${test.name} > ${row.name}`;
    running.set(row.id, { name, ok: true });
    reporter.started(testId(file, name));
  } else if (test !== undefined && row.type === "assert") test.ok &&= !isFailure(row);
  else if (test !== undefined && row.type === "end") reporter.measured(testId(file, test.name), test.ok);
}

/** One outcome per test, nested ones too: its first failed assertion, or that it never ended. */
function report(rows: readonly Row[], file: string, reporter: Reporter, complete: boolean): void {
  const names = new Map<number, string>();
  const failures = new Map<number | undefined, unknown>();
  const finished = new Set<number | undefined>();
  for (const row of rows) {
    if (row.type === "test" && row.id !== undefined) {
      const outer = row.parent === undefined ? undefined : names.get(row.parent);
      names.set(row.id, outer === undefined ? String(row.name) : `${outer} > ${row.name}`);
    } else if (row.type === "end") finished.add(row.test);
    else if (isFailure(row) && !failures.has(row.test)) failures.set(row.test, describeRow(row));
  }
  for (const [id, name] of names) {
    const unfinished = !complete && !finished.has(id) ? new Error("the test never ended") : undefined;
    reporter.ended(file, name, failures.get(id) ?? unfinished);
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
  const given = row.error;
  const error = new Error(
    `${row.name ?? ""} (${row.operator ?? ""}): expected ${show(row.expected)}, got ${show(row.actual)}`,
  );
  if (given instanceof Error && given.stack !== undefined) error.stack = given.stack;
  return error;
}

const observed = new WeakSet<object>();
/** The full names of tape's test objects. */
const paths = new WeakMap<object, string>();

type Observer = { checked(ok: boolean): void; wants(name: string): boolean };

/** Calls back after each assertion, so that coverage can be cut there, and leaves out nested tests nobody wants. */
function observeTests(tape: Tape, require: NodeJS.Require, name: string, observer: Observer): void {
  let TestClass = tape.Test;
  try {
    TestClass ??= require(`${name}/lib/test`) as TapeTest;
  } catch {
    return;
  }
  const prototype = TestClass.prototype;
  const { _assert: assertion, test } = prototype;
  if (assertion === undefined || test === undefined || observed.has(prototype)) return;
  observed.add(prototype);
  prototype._assert = function (ok, options) {
    const result = assertion.call(this, ok, options);
    observer.checked(Boolean(ok) || Boolean(options?.skip));
    return result;
  };
  prototype.test = function (...args) {
    const title = args.find((value) => typeof value === "string") ?? "(anonymous)";
    const path = `${paths.get(this) ?? this.name ?? ""} > ${title}`;
    if (!observer.wants(path)) return undefined;
    const created = test.apply(this, args);
    const nested = this._progeny?.at(-1);
    if (nested !== undefined) paths.set(nested, path);
    return created;
  };
}
