const assert = require("node:assert");
const { test } = require("node:test");
const set = require("..");

test("sets a deep value", () => {
  assert.deepStrictEqual(set({}, "a.b.c", 1), { a: { b: { c: 1 } } });
  assert.deepStrictEqual(set({ a: { x: 1 } }, ["a", "y"], 2), { a: { x: 1, y: 2 } });
});

test("a dot can be escaped", () => {
  assert.deepStrictEqual(set({}, "a\\.b.c", 1), { "a.b": { c: 1 } });
});

test("another separator", () => {
  assert.deepStrictEqual(set({}, "a/b", 1, { separator: "/" }), { a: { b: 1 } });
});

test("merges when asked to", () => {
  assert.deepStrictEqual(set({ a: { x: 1 } }, "a", { y: 2 }, { merge: true }), { a: { x: 1, y: 2 } });
  assert.deepStrictEqual(set({ a: { x: 1 } }, "a", { y: 2 }), { a: { y: 2 } });
});

test("leaves alone what is no object", () => {
  assert.strictEqual(set("x", "a", 1), "x");
  assert.deepStrictEqual(set({}, undefined, 1), {});
});

test("does not reach the prototype of all objects", () => {
  try {
    set({}, "__proto__.polluted", true);
    assert.strictEqual({}.polluted, undefined);
    set({}, "constructor.prototype.polluted", true);
    assert.strictEqual({}.polluted, undefined);
  } finally {
    delete Object.prototype.polluted;
  }
});
