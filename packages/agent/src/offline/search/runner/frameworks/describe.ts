import { createRequire } from "node:module";
import { callWithDone } from "../invoke.ts";
import type { Shim } from "../modules.ts";
import { bodyOf, type Callback, createSuite, type Hook, type Reporter, runSuite, type Suite } from "../suite.ts";
import type { FrameworkAdapter } from "./framework.ts";

type Flags = { skip?: boolean; only?: boolean };
type Style = "mocha" | "jest" | "vitest" | "node:test";

/**
 * The describe/it family: mocha (all its interfaces), jest and vitest (with the project's own `expect`), node:test.
 * One tree of suites is built while a file loads and run afterwards.
 */
export function describeFramework(style: Style, root: string): FrameworkAdapter {
  let current = createSuite("", "");
  let file = "";
  let reporter: Reporter | undefined;

  const suite = (title: string, body: Callback | undefined, flags: Flags) => {
    const outer = current;
    const nested = createSuite(file, title, outer, { ...flags, skip: flags.skip || outer.skip || !body });
    outer.children.push(nested);
    current = nested;
    try {
      body?.call(nested.context, {});
    } finally {
      current = outer;
    }
  };
  const test = (title: string, body: Callback | undefined, flags: Flags) => {
    const run = body === undefined ? () => undefined : testBody(style, body, () => reporter);
    const skip = flags.skip || body === undefined;
    current.children.push({ title, suite: current, skip, only: flags.only ?? false, run });
  };
  const hook = (kind: "before" | "after" | "beforeEach" | "afterEach") => (first: unknown, second?: unknown) => {
    const body = [first, second].find((value) => typeof value === "function");
    if (body !== undefined) current[kind].push(hookBody(style, body as Callback));
  };

  const api = createApi(suite, test, hook);
  const extras = style === "jest" || style === "vitest" ? expectOf(root, style) : {};
  const shared: Record<string, unknown> = { ...api, ...extras };
  const shims = new Map<string, Shim>();
  if (style === "node:test") {
    const { mock } = createRequire(import.meta.url)("node:test") as { mock: unknown };
    const callable = Object.assign(api.test, shared, { mock, test: api.test, default: api.test });
    shims.set("node:test", () => callable);
  } else {
    const names = { mocha: ["mocha"], jest: ["@jest/globals"], vitest: ["vitest"] }[style];
    for (const name of names) shims.set(name, () => shared);
    Object.assign(globalThis, shared);
  }
  return {
    shims,
    main: false,
    begin(nextFile, nextReporter) {
      file = nextFile;
      reporter = nextReporter;
      current = createSuite(file, "");
    },
    async finish(finishing) {
      await runSuite(rootOf(current), finishing);
    },
  };
}

function rootOf(suite: Suite): Suite {
  return suite.parent === undefined ? suite : rootOf(suite.parent);
}

type Declare = (title: string, body: Callback | undefined, flags: Flags) => void;
type HookOf = (kind: "before" | "after" | "beforeEach" | "afterEach") => (first: unknown, second?: unknown) => void;

function createApi(suite: Declare, test: Declare, hook: HookOf) {
  const declaring = (declare: Declare) => {
    const call = (flags: Flags) => {
      const declared = (...args: unknown[]) => {
        const body = args.find((value) => typeof value === "function") as Callback | undefined;
        const options = args.find((value) => typeof value === "object" && value !== null) as Flags | undefined;
        const title = typeof args[0] === "string" ? args[0] : (body?.name ?? "");
        declare(title, body, {
          skip: Boolean(options?.skip ?? flags.skip),
          only: Boolean(options?.only ?? flags.only),
        });
        return Promise.resolve();
      };
      const each = (...table: unknown[]) => eachOf(declared, table);
      return Object.assign(declared, { each });
    };
    const base = call({});
    const todo = call({ skip: true });
    return Object.assign(base, { skip: call({ skip: true }), only: call({ only: true }), todo, concurrent: base });
  };
  const describe = declaring(suite);
  const it = declaring(test);
  return {
    describe,
    context: describe,
    suite: describe,
    xdescribe: describe.skip,
    fdescribe: describe.only,
    it,
    test: it,
    specify: it,
    xit: it.skip,
    xtest: it.skip,
    fit: it.only,
    before: hook("before"),
    beforeAll: hook("before"),
    setup: hook("beforeEach"),
    suiteSetup: hook("before"),
    after: hook("after"),
    afterAll: hook("after"),
    teardown: hook("afterEach"),
    suiteTeardown: hook("after"),
    beforeEach: hook("beforeEach"),
    afterEach: hook("afterEach"),
  };
}

/** `it.each(rows)(title, fn)`: one declaration per row, numbered in its title. */
function eachOf(declared: (...args: unknown[]) => unknown, table: unknown[]) {
  const rows = Array.isArray(table[0]) ? (table[0] as unknown[]) : [];
  return (title: string, body: Callback) => {
    rows.forEach((row, index) => {
      const args = Array.isArray(row) ? row : [row];
      declared(`${title} #${index + 1}`, () => body(...args));
    });
  };
}

function testBody(style: Style, body: Callback, reporter: () => Reporter | undefined): Hook {
  if (style === "mocha" || style === "jest") return bodyOf(body);
  if (style === "vitest") return () => body({});
  return () => runNodeTest(body, () => reporter()?.checked(true));
}

function hookBody(style: Style, body: Callback): Hook {
  return style === "mocha" || style === "jest" ? bodyOf(body) : () => body({});
}

/** Runs a body of node:test with its `t`: subtests run where they are written and fail the test that holds them. */
async function runNodeTest(body: Callback, checked: () => void): Promise<void> {
  const require = createRequire(import.meta.url);
  const hooks = {
    before: [] as Callback[],
    after: [] as Callback[],
    beforeEach: [] as Callback[],
    afterEach: [] as Callback[],
  };
  const add = (kind: keyof typeof hooks) => (fn: Callback) => void hooks[kind].push(fn);
  const nothing = () => undefined;
  const pending: Promise<void>[] = [];
  const sub = (...args: unknown[]) => {
    const nested = args.find((value) => typeof value === "function") as Callback | undefined;
    const run = async () => {
      for (const hook of hooks.beforeEach) await hook(t);
      if (nested !== undefined) await runNodeTest(nested, checked);
      for (const hook of hooks.afterEach) await hook(t);
      checked();
    };
    const running = run();
    pending.push(running);
    return running;
  };
  const t = {
    ...{ assert: require("node:assert") as unknown, mock: (require("node:test") as { mock: unknown }).mock, name: "" },
    ...{ test: sub, it: sub, diagnostic: nothing, plan: nothing, skip: nothing, todo: nothing },
    before: (fn: Callback) => fn(t),
    after: add("after"),
    beforeEach: add("beforeEach"),
    afterEach: add("afterEach"),
    signal: new AbortController().signal,
  };
  try {
    await (body.length > 1 ? callWithDone((done) => body(t, done)) : body(t));
    await Promise.all(pending);
  } finally {
    for (const hook of hooks.after) await hook(t);
  }
}

/** The `expect` that the project has installed; without one, tests that use it cannot run in this process. */
function expectOf(root: string, style: "jest" | "vitest"): Record<string, unknown> {
  const require = createRequire(`${root}/package.json`);
  try {
    if (style === "jest") {
      const { expect } = require("expect") as { expect: unknown };
      const { fn, spyOn } = require("jest-mock") as Record<string, unknown>;
      return { expect, jest: { fn, spyOn } };
    }
    const { expect } = require("expect") as { expect: unknown };
    return { expect };
  } catch {
    return {};
  }
}
