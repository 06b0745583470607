const assert = require("node:assert");
const { test } = require("node:test");
const { dset, merge } = require("../merge");

test("sets a deep value", () => {
  const obj = {};
  dset(obj, "a.b.c", 1);
  assert.deepStrictEqual(obj, { a: { b: { c: 1 } } });
});

test("makes arrays for numeric keys", () => {
  const obj = {};
  dset(obj, ["a", 0, "b"], 1);
  assert.deepStrictEqual(obj, { a: [{ b: 1 }] });
});

test("merges into what is there", () => {
  const obj = { a: { b: 1 } };
  dset(obj, "a", { c: 2 });
  assert.deepStrictEqual(obj, { a: { b: 1, c: 2 } });
  assert.deepStrictEqual(merge({ x: [1, 2] }, { x: [3] }), { x: [3, 2] });
});

test("does not set through the prototype", () => {
  dset({}, "__proto__.polluted", 1);
  assert.strictEqual({}.polluted, undefined);
});

test("does not merge into the prototype", () => {
  try {
    dset({ a: {} }, "a", JSON.parse('{"__proto__":{"polluted":true}}'));
    assert.strictEqual({}.polluted, undefined);
  } finally {
    delete Object.prototype.polluted;
  }
});
