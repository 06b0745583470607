import { type Callback, createSuite, type Hook, type Reporter, runSuite, type Suite } from "../suite.ts";
import { avaAssertions, tapAssertions } from "./assertions.ts";
import type { FrameworkAdapter } from "./framework.ts";

type Style = "ava" | "tap";
type Flags = { skip?: boolean; only?: boolean };
const HOOKS = ["before", "after", "beforeEach", "afterEach"] as const;

/** Frameworks whose tests get a `t`: ava, and tap from its oldest versions on. Assertions are our own over node:assert. */
export function tStyleFramework(style: Style): FrameworkAdapter {
  let root: Suite = createSuite("", "");
  let file = "";
  let reporter: Reporter | undefined;
  const checked = (ok: boolean) => reporter?.checked(ok);

  const declaring = (flags: Flags): Callback => {
    const declare = (...args: unknown[]) => {
      const implementation = args.find((value) => typeof value === "function" || hasExec(value));
      const body = hasExec(implementation) ? implementation.exec : (implementation as Callback | undefined);
      const extra = args.slice(args.indexOf(implementation) + 1);
      const title = typeof args[0] === "string" ? args[0] : macroTitle(implementation, extra);
      const skip = flags.skip || body === undefined;
      const run: Hook = (context) => runBody(style, body ?? (() => undefined), context, checked, extra);
      root.children.push({ title, suite: root, skip, only: flags.only ?? false, run });
      return Promise.resolve();
    };
    return declare;
  };
  const base = declaring({});
  const skip = declaring({ skip: true });
  const members: Record<string, unknown> = { skip, only: declaring({ only: true }), todo: skip, test: base };
  members.failing = declaring({ skip: true });
  for (const kind of HOOKS) {
    const hook = (...args: unknown[]) => {
      const body = args.find((value) => typeof value === "function") as Callback;
      root[kind].push((context) => runBody(style, body, context, checked, []));
    };
    members[kind] = Object.assign(hook, { always: hook });
  }
  members.serial = Object.assign(base, members);
  if (style === "ava") members.macro = (macro: unknown) => (hasExec(macro) ? macro : { exec: macro });
  else Object.assign(members, topLevelTap(checked), { default: base });
  const api = Object.assign(base, members);

  return {
    shims: new Map([[style, () => api]]),
    main: style === "tap",
    begin(nextFile, nextReporter) {
      file = nextFile;
      reporter = nextReporter;
      root = createSuite(file, "");
    },
    finish: (finishing) => runSuite(root, finishing),
  };
}

function hasExec(value: unknown): value is { exec: Callback } {
  return typeof value === "object" && value !== null && typeof (value as { exec?: unknown }).exec === "function";
}

function macroTitle(implementation: unknown, args: readonly unknown[]): string {
  const title = (implementation as { title?: unknown } | undefined)?.title;
  if (typeof title === "function") return String(Reflect.apply(title, undefined, ["", ...args]));
  return typeof implementation === "function" ? implementation.name : "";
}

/** Assertions on the framework's root object fail the file as it loads. */
function topLevelTap(checked: (ok: boolean) => void): Record<string, unknown> {
  const t: Record<string, unknown> = {};
  addAssertions(t, "tap", checked, () => undefined);
  for (const name of ["plan", "end", "comment", "teardown", "tearDown", "jobs", "setTimeout"])
    t[name] = () => undefined;
  return t;
}

function addAssertions(t: object, style: Style, checked: (ok: boolean) => void, count: () => void): void {
  const table = style === "ava" ? avaAssertions : tapAssertions;
  for (const [name, check] of Object.entries(table)) {
    const call = (...args: unknown[]) => {
      count();
      const value = Reflect.apply(check, undefined, args);
      checked(true);
      return value;
    };
    Object.assign(t, { [name]: Object.assign(call, { skip: () => undefined }) });
  }
}

type TContext = { context?: object };

/** Calls one test or hook with its `t`; done when it returns, its promise settles, `t.end()` or the plan is met. */
async function runBody(
  style: Style,
  body: Callback,
  context: TContext,
  checked: (ok: boolean) => void,
  extra: readonly unknown[],
): Promise<void> {
  const cleanups: Callback[] = [];
  const pending: unknown[] = [];
  let planned: number | undefined;
  let count = 0;
  let endedByCall: (() => void) | undefined;
  let failed: ((error: unknown) => void) | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    endedByCall = resolve;
    failed = reject;
  });
  ended.catch(() => undefined);
  context.context ??= {};
  const t: Record<string, unknown> = { context: context.context, title: "", log: () => undefined };
  addAssertions(t, style, checked, () => {
    count++;
    if (planned === count) endedByCall?.();
  });
  const sub = (...args: unknown[]) => {
    const nested = args.find((value) => typeof value === "function") as Callback | undefined;
    const previous = pending.at(-1) ?? Promise.resolve();
    const running = Promise.resolve(previous).then(() => runBody(style, nested ?? (() => undefined), {}, checked, []));
    pending.push(running);
    running.then(() => {
      count++;
      if (planned === count) endedByCall?.();
    }, failed);
    return running;
  };
  Object.assign(t, { test: sub, plan: (n: number) => (planned = n), end: endedByCall, done: endedByCall });
  for (const name of ["teardown", "tearDown", "after"]) t[name] = (fn: Callback) => cleanups.push(fn);
  for (const name of ["comment", "timeout", "beforeEach", "setTimeout", "diagnostic"]) t[name] = () => undefined;
  try {
    const value = body(t, ...extra);
    const waits = value === undefined && style === "tap" && pending.length === 0;
    if (waits) await ended;
    else await value;
    await Promise.all(pending);
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
  if (planned !== undefined && planned !== count) throw new Error(`planned for ${planned} assertions, ran ${count}`);
}
