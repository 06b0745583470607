const assert = require("node:assert");
const { test } = require("node:test");
const equal = require("..");

test("null and undefined in either order and in objects", () => {
  assert.ok(equal(undefined, null));
  assert.ok(equal({ a: null, b: 1 }, { a: undefined, b: 1 }));
  assert.ok(!equal({ a: null }, { a: undefined }, { strict: true }));
  assert.ok(!equal([undefined], [null], { strict: true }));
});

test("null beside an object", () => {
  assert.ok(!equal(null, {}));
  assert.ok(!equal({}, null));
  assert.ok(!equal(undefined, []));
  assert.ok(!equal([null], [{}]));
});

test("null beside other falsy values", () => {
  assert.ok(!equal(null, 0));
  assert.ok(!equal(null, false));
  assert.ok(!equal("", undefined));
});

test("the same value twice", () => {
  assert.ok(equal(null, null, { strict: true }));
  assert.ok(equal(undefined, undefined, { strict: true }));
});
