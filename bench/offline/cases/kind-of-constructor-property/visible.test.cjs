const assert = require("node:assert");
const { test } = require("node:test");
const kindOf = require("..");

test("primitives", () => {
  assert.strictEqual(kindOf(undefined), "undefined");
  assert.strictEqual(kindOf(null), "null");
  assert.strictEqual(kindOf(42), "number");
  assert.strictEqual(kindOf("42"), "string");
  assert.strictEqual(kindOf(Symbol("x")), "symbol");
});

test("built-in objects", () => {
  assert.strictEqual(kindOf([]), "array");
  assert.strictEqual(kindOf(new Map()), "map");
  assert.strictEqual(kindOf(new WeakSet()), "weakset");
  assert.strictEqual(kindOf(Promise.resolve()), "promise");
  assert.strictEqual(kindOf(new Uint8Array(2)), "uint8array");
  assert.strictEqual(kindOf(/x/), "regexp");
  assert.strictEqual(kindOf(new Date()), "date");
});

test("functions and generators", () => {
  assert.strictEqual(
    kindOf(() => {}),
    "function",
  );
  assert.strictEqual(
    kindOf(function* () {}),
    "generatorfunction",
  );
});

test("plain objects and objects without a prototype", () => {
  assert.strictEqual(kindOf({}), "object");
  assert.strictEqual(kindOf(Object.create(null)), "object");
});

test("a property named constructor does not decide the kind", () => {
  assert.strictEqual(kindOf({ constructor: { name: "Map" } }), "object");
});
