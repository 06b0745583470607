const assert = require("node:assert");
const { test } = require("node:test");
const jsonpointer = require("..");

test("compiled pointers and pointers in parts", () => {
  try {
    jsonpointer.compile("/__proto__/boo").set({}, "polluted");
    assert.strictEqual({}.boo, undefined);
    jsonpointer.set({}, ["", "__proto__", "boo"], "polluted");
    assert.strictEqual({}.boo, undefined);
    jsonpointer.set({}, ["", "constructor", "prototype", "boo"], "polluted");
    assert.strictEqual({}.boo, undefined);
  } finally {
    delete Object.prototype.boo;
  }
});

test("a property named constructor can be set", () => {
  const obj = { constructor: { x: 1 } };
  jsonpointer.set(obj, "/constructor/x", 2);
  assert.strictEqual(obj.constructor.x, 2);
});

test("ordinary paths are set", () => {
  const obj = {};
  jsonpointer.set(obj, "/proto/boo", 1);
  jsonpointer.set(obj, "/prototype/boo", 2);
  assert.deepStrictEqual(obj, { proto: { boo: 1 }, prototype: { boo: 2 } });
});

test("the prototype of the target is left alone", () => {
  const target = { a: 1 };
  jsonpointer.set(target, "/__proto__/x", 1);
  assert.strictEqual(Object.getPrototypeOf(target), Object.prototype);
  assert.deepStrictEqual(target, { a: 1 });
});
