const assert = require("node:assert");
const { test } = require("node:test");
const { unflatten } = require("..");

const clean = (target, options) => {
  try {
    const out = unflatten(target, options);
    assert.strictEqual({}.polluted, undefined);
    return out;
  } finally {
    delete Object.prototype.polluted;
  }
};

test("deeper and with another delimiter", () => {
  clean({ "a.__proto__.polluted": true });
  clean({ "__proto__:polluted": true }, { delimiter: ":" });
});

test("the other keys are kept", () => {
  assert.deepStrictEqual(clean({ "__proto__.polluted": true, "a.b": 1 }), { a: { b: 1 } });
});

test("names that only look like it", () => {
  assert.deepStrictEqual(unflatten({ "proto.x": 1, "a.proto__": 2 }), { proto: { x: 1 }, a: { proto__: 2 } });
});

test("several keys in one object", () => {
  assert.deepStrictEqual(unflatten({ "a.b": 1, "a.c": 2, "a.d.e": 3, "a.d.f": 4 }), {
    a: { b: 1, c: 2, d: { e: 3, f: 4 } },
  });
  assert.deepStrictEqual(unflatten({ "x.0": 1, "x.1": 2 }), { x: [1, 2] });
});

test("the prototype of the result is left alone", () => {
  assert.strictEqual(Object.getPrototypeOf(clean({ "__proto__.polluted": true })), Object.prototype);
});

test("overwriting", () => {
  assert.deepStrictEqual(unflatten({ a: 1, "a.b": 2 }, { overwrite: true }), { a: { b: 2 } });
  assert.deepStrictEqual(unflatten({ a: 1, "a.b": 2 }), { a: 1 });
});
