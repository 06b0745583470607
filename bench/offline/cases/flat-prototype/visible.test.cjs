const assert = require("node:assert");
const { test } = require("node:test");
const flatten = require("..");

const { unflatten } = flatten;

test("flattens", () => {
  assert.deepStrictEqual(flatten({ a: { b: 1, c: [2, { d: 3 }] } }), { "a.b": 1, "a.c.0": 2, "a.c.1.d": 3 });
});

test("flattens with options", () => {
  assert.deepStrictEqual(flatten({ a: { b: 1 } }, { delimiter: ":" }), { "a:b": 1 });
  assert.deepStrictEqual(flatten({ a: [1] }, { safe: true }), { a: [1] });
  assert.deepStrictEqual(flatten({ a: { b: { c: 1 } } }, { maxDepth: 2 }), { "a.b": { c: 1 } });
});

test("unflattens", () => {
  assert.deepStrictEqual(unflatten({ "a.b": 1, "a.c.0": 2 }), { a: { b: 1, c: [2] } });
  assert.deepStrictEqual(unflatten({ "a.0": 1 }, { object: true }), { a: { 0: 1 } });
});

test("leaves buffers whole", () => {
  const buffer = Buffer.from("x");
  assert.strictEqual(flatten({ a: { b: buffer } })["a.b"], buffer);
});

test("unflattening does not change the prototype of all objects", () => {
  try {
    unflatten({ "__proto__.polluted": true });
    assert.strictEqual({}.polluted, undefined);
  } finally {
    delete Object.prototype.polluted;
  }
});
