const assert = require("node:assert");
const { test } = require("node:test");
const equal = require("..");

test("plain values", () => {
  assert.strictEqual(equal(1, 1), true);
  assert.strictEqual(equal("a", "b"), false);
  assert.strictEqual(equal(0, null), false);
  assert.strictEqual(equal(null, null), true);
});

test("objects", () => {
  assert.strictEqual(equal({ a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }), true);
  assert.strictEqual(equal({ a: 1 }, { a: 1, b: undefined }), false);
});

test("arrays", () => {
  assert.strictEqual(equal([1, [2]], [1, [2]]), true);
  assert.strictEqual(equal([1, 2], [2, 1]), false);
  assert.strictEqual(equal([], {}), false);
});

test("dates and regular expressions", () => {
  assert.strictEqual(equal(new Date(5), new Date(5)), true);
  assert.strictEqual(equal(/a/g, /a/i), false);
});

test("NaN equals itself", () => {
  assert.strictEqual(equal(Number.NaN, Number.NaN), true);
});

test("null beside an object is just different", () => {
  assert.strictEqual(equal({}, null), false);
  assert.strictEqual(equal(null, { a: 1 }), false);
});
