const assert = require("node:assert");
const { test } = require("node:test");
const kindOf = require("..");

test("forged names of other kinds", () => {
  for (const name of ["Symbol", "Promise", "WeakMap", "Set", "Int8Array", "Float64Array"]) {
    assert.strictEqual(kindOf({ constructor: { name } }), "object", name);
  }
});

test("constructors of other types", () => {
  assert.strictEqual(kindOf({ constructor: "Set" }), "object");
  assert.strictEqual(kindOf({ constructor: 7 }), "object");
  assert.strictEqual(kindOf({ constructor: null }), "object");
});

const named = { Map: class {} };

test("a real constructor is still asked", () => {
  assert.strictEqual(kindOf(new named.Map()), "map");
  assert.strictEqual(kindOf(new Set([1])), "set");
  assert.strictEqual(kindOf(new WeakMap()), "weakmap");
  assert.strictEqual(kindOf(new Float32Array(1)), "float32array");
});
