const assert = require("node:assert");
const { test } = require("node:test");
const objectPath = require("..");

const { withInheritedProps } = objectPath;

test("by constructor", () => {
  try {
    assert.throws(() => withInheritedProps.set({}, "constructor.prototype.polluted", true), /magic properties/);
    assert.throws(() => withInheritedProps.set({}, ["__proto__", "polluted"], true), /magic properties/);
    assert.throws(() => withInheritedProps.push({}, "__proto__.polluted", 1), /magic properties/);
    assert.strictEqual({}.polluted, undefined);
  } finally {
    delete Object.prototype.polluted;
  }
});

test("an own property named constructor can be set", () => {
  const obj = { constructor: { x: 1 } };
  withInheritedProps.set(obj, "constructor.x", 2);
  assert.strictEqual(obj.constructor.x, 2);
});

test("other inherited properties are set through", () => {
  const parent = { shared: { x: 1 } };
  withInheritedProps.set(Object.create(parent), "shared.x", 2);
  assert.strictEqual(parent.shared.x, 2);
});
