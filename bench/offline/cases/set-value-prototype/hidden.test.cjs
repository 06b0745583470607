const assert = require("node:assert");
const { test } = require("node:test");
const set = require("..");

const clean = (path, options) => {
  try {
    const out = set({}, path, true, options);
    assert.strictEqual({}.polluted, undefined);
    return out;
  } finally {
    delete Object.prototype.polluted;
  }
};

test("a path in parts, another separator, deeper", () => {
  clean(["__proto__", "polluted"]);
  clean(["constructor", "prototype", "polluted"]);
  clean("__proto__/polluted", { separator: "/" });
  clean("a.__proto__.polluted");
});

test("names that only look like it", () => {
  assert.deepStrictEqual(set({}, "proto.x", 1), { proto: { x: 1 } });
  assert.deepStrictEqual(set({}, "a.constructors", 1), { a: { constructors: 1 } });
});

test("the same path twice", () => {
  assert.deepStrictEqual(set(set({}, "a.b", 1), "a.b", 2), { a: { b: 2 } });
});

test("the prototype of the target is left alone", () => {
  const target = {};
  set(target, "__proto__.polluted", true);
  assert.strictEqual(Object.getPrototypeOf(target), Object.prototype);
});
