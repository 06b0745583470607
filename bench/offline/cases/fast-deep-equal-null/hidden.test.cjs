const assert = require("node:assert");
const { test } = require("node:test");
const equal = require("..");

test("null in objects and arrays", () => {
  assert.strictEqual(equal({ a: null }, { a: {} }), false);
  assert.strictEqual(equal({ a: {} }, { a: null }), false);
  assert.strictEqual(equal([null], [[]]), false);
  assert.strictEqual(equal([{ x: null }], [{ x: null }]), true);
});

test("null beside every other kind", () => {
  for (const other of [undefined, 0, "", false, [], new Date(0), /x/, Number.NaN]) {
    assert.strictEqual(equal(null, other), false);
    assert.strictEqual(equal(other, null), false);
  }
});

test("objects are still compared", () => {
  assert.strictEqual(equal({}, {}), true);
  assert.strictEqual(equal({ a: [] }, { a: [] }), true);
  assert.strictEqual(equal({ a: 1 }, { a: 2 }), false);
});
