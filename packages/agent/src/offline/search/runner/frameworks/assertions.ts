import assert from "node:assert";
import util from "node:util";

type Check = (...args: never[]) => unknown;

/** What ava's `t` can assert, in terms of node:assert. Snapshots are not among it. */
export const avaAssertions: Readonly<Record<string, Check>> = {
  pass: () => undefined,
  fail: (message?: string) => assert.fail(message),
  assert: (value: unknown, message?: string) => assert.ok(value, message),
  truthy: (value: unknown, message?: string) => assert.ok(value, message),
  falsy: (value: unknown, message?: string) => assert.ok(!value, message),
  true: (value: unknown, message?: string) => assert.strictEqual(value, true, message),
  false: (value: unknown, message?: string) => assert.strictEqual(value, false, message),
  is: (actual: unknown, expected: unknown, message?: string) => assert.strictEqual(actual, expected, message),
  not: (actual: unknown, expected: unknown, message?: string) => assert.notStrictEqual(actual, expected, message),
  deepEqual: (actual: unknown, expected: unknown, message?: string) =>
    assert.deepStrictEqual(actual, expected, message),
  notDeepEqual: (actual: unknown, expected: unknown, message?: string) =>
    assert.notDeepStrictEqual(actual, expected, message),
  like: (actual: object, expected: object, message?: string) => matches(actual, expected, message),
  regex: (text: string, pattern: RegExp, message?: string) => assert.match(text, pattern, message),
  notRegex: (text: string, pattern: RegExp, message?: string) => assert.doesNotMatch(text, pattern, message),
  throws: (fn: () => unknown, expected?: unknown) => caught(fn, expected),
  notThrows: (fn: () => unknown, message?: string) => assert.doesNotThrow(fn, message),
  throwsAsync: (fn: unknown, expected?: unknown) => caughtAsync(fn, expected),
  notThrowsAsync: async (fn: unknown) => (typeof fn === "function" ? fn() : fn),
};

const same = (actual: unknown, expected: unknown, message?: string) => assert.deepEqual(actual, expected, message);
const strictSame = (actual: unknown, expected: unknown, message?: string) =>
  assert.deepStrictEqual(actual, expected, message);

/** What tap's `t` can assert, with the aliases of its older versions. */
export const tapAssertions: Readonly<Record<string, Check>> = {
  pass: avaAssertions.pass ?? (() => undefined),
  fail: (message?: string) => assert.fail(message),
  ...aliases(["ok", "true", "assert"], (value: unknown, message?: string) => assert.ok(value, message)),
  ...aliases(["notOk", "false", "notok"], (value: unknown, message?: string) => assert.ok(!value, message)),
  ...aliases(
    ["equal", "is", "equals", "isEqual", "strictEqual", "strictEquals"],
    (actual: unknown, expected: unknown, message?: string) => assert.strictEqual(actual, expected, message),
  ),
  ...aliases(["not", "notEqual", "isNot", "notEquals"], (actual: unknown, expected: unknown, message?: string) =>
    assert.notStrictEqual(actual, expected, message),
  ),
  ...aliases(["same", "equivalent", "deepEqual", "deepEquals", "isDeeply", "looseEqual"], same),
  ...aliases(["strictSame", "strictDeepEqual", "deeplyStrictEqual"], strictSame),
  ...aliases(["notSame", "inequivalent", "notDeepEqual"], (actual: unknown, expected: unknown, message?: string) =>
    assert.notDeepEqual(actual, expected, message),
  ),
  strictNotSame: (actual: unknown, expected: unknown, message?: string) =>
    assert.notDeepStrictEqual(actual, expected, message),
  ...aliases(["match", "has", "hasFields", "like", "similar"], (actual: unknown, expected: unknown, message?: string) =>
    matches(actual, expected, message),
  ),
  ...aliases(["type", "isa", "isA"], (value: unknown, kind: unknown, message?: string) =>
    assert.ok(isOfType(value, kind), message ?? `type is ${String(kind)}`),
  ),
  ...aliases(["throws", "throw"], (fn: () => unknown, expected?: unknown) => caught(fn, expected)),
  ...aliases(["doesNotThrow", "notThrow"], (fn: () => unknown) => fn()),
  ...aliases(["error", "ifError", "ifErr"], (error: unknown) => assert.ifError(error)),
  rejects: (fn: unknown, expected?: unknown) => caughtAsync(fn, expected),
  resolves: async (fn: unknown) => (typeof fn === "function" ? fn() : fn),
  resolveMatch: async (fn: unknown, expected: unknown) =>
    matches(await (typeof fn === "function" ? fn() : fn), expected),
};

function aliases(names: readonly string[], check: Check): Record<string, Check> {
  return Object.fromEntries(names.map((name) => [name, check]));
}

/** Every field of `expected` is met by `actual`; patterns and constructors are tests of their own. */
function matches(actual: unknown, expected: unknown, message?: string): void {
  const fits = (value: unknown, pattern: unknown): boolean => {
    if (pattern instanceof RegExp) return pattern.test(String(value));
    if (typeof pattern === "function") return isOfType(value, pattern);
    if (typeof pattern === "string" && typeof value === "string") return value.includes(pattern);
    if (typeof pattern !== "object" || pattern === null) return util.isDeepStrictEqual(value, pattern);
    if (typeof value !== "object" || value === null) return false;
    return Object.entries(pattern).every(([key, inner]) => fits((value as Record<string, unknown>)[key], inner));
  };
  assert.ok(fits(actual, expected), message ?? `expected ${util.inspect(actual)} to match ${util.inspect(expected)}`);
}

function isOfType(value: unknown, kind: unknown): boolean {
  if (typeof kind === "function") return Object(value) instanceof kind;
  return (
    typeof value === kind ||
    Object.prototype.toString.call(value).slice(8, -1).toLowerCase() === String(kind).toLowerCase()
  );
}

function caught(fn: () => unknown, expected: unknown): unknown {
  try {
    fn();
  } catch (error) {
    expectError(error, expected);
    return error;
  }
  return assert.fail("expected an exception");
}

async function caughtAsync(fn: unknown, expected: unknown): Promise<unknown> {
  try {
    await (typeof fn === "function" ? fn() : fn);
  } catch (error) {
    expectError(error, expected);
    return error;
  }
  return assert.fail("expected a rejection");
}

function expectError(error: unknown, expected: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  if (expected instanceof RegExp) assert.match(text, expected);
  else if (typeof expected === "function") assert.ok(error instanceof expected, text);
  else if (typeof expected === "object" && expected !== null)
    expectFields(error, text, expected as Record<string, unknown>);
}

function expectFields(error: unknown, text: string, expected: Readonly<Record<string, unknown>>): void {
  const { message, instanceOf, name, code, is } = expected;
  if (message instanceof RegExp) assert.match(text, message);
  else if (typeof message === "string") assert.strictEqual(text, message);
  if (typeof instanceOf === "function") assert.ok(error instanceof instanceOf, text);
  if (name !== undefined) assert.strictEqual((error as Error).name, name);
  if (code !== undefined) assert.strictEqual((error as { code?: unknown }).code, code);
  if (is !== undefined) assert.strictEqual(error, is);
}
