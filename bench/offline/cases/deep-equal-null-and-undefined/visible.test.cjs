const assert = require("node:assert");
const { test } = require("node:test");
const equal = require("..");

test("equal objects", () => {
  assert.ok(equal({ a: [2, 3], b: [4] }, { a: [2, 3], b: [4] }));
  assert.ok(equal([1, { x: [] }], [1, { x: [] }]));
});

test("different objects", () => {
  assert.ok(!equal({ x: 5, y: [6] }, { x: 5, y: 6 }));
  assert.ok(!equal({ a: 1 }, { a: 1, b: 2 }));
});

test("loose and strict comparison of plain values", () => {
  assert.ok(equal([1, 2], ["1", "2"]));
  assert.ok(!equal([1, 2], ["1", "2"], { strict: true }));
});

test("dates and buffers", () => {
  assert.ok(equal(new Date(5), new Date(5)));
  assert.ok(!equal(new Date(5), new Date(6)));
  assert.ok(equal(Buffer.from("xyz"), Buffer.from("xyz")));
  assert.ok(!equal(Buffer.from("xyz"), Buffer.from("xyy")));
});

test("null is not an array-like text", () => {
  assert.ok(!equal("", null));
  assert.ok(!equal(null, "x"));
});

test("null and undefined are loosely equal", () => {
  assert.ok(equal(null, undefined));
  assert.ok(equal([undefined], [null]));
});

test("null and undefined are strictly different", () => {
  assert.ok(!equal(null, undefined, { strict: true }));
});

test("an empty object is no falsy value", () => {
  assert.ok(!equal({}, false));
  assert.ok(!equal(0, {}));
});
