const assert = require("node:assert");
const { test } = require("node:test");
const objectPath = require("..");

test("gets and sets", () => {
  const obj = { a: { b: [1, { c: 2 }] } };
  assert.strictEqual(objectPath.get(obj, "a.b.1.c"), 2);
  assert.strictEqual(objectPath.get(obj, ["a", "x"], "none"), "none");
  objectPath.set(obj, "a.d.0", "new");
  assert.deepStrictEqual(obj.a.d, ["new"]);
});

test("looks, deletes and empties", () => {
  const obj = { a: { b: 1, list: [1, 2] } };
  assert.strictEqual(objectPath.has(obj, "a.b"), true);
  objectPath.del(obj, "a.b");
  assert.strictEqual(objectPath.has(obj, "a.b"), false);
  objectPath.empty(obj, "a.list");
  assert.deepStrictEqual(obj, { a: { list: [] } });
});

test("pushes, inserts and takes the first that is there", () => {
  const obj = {};
  objectPath.push(obj, "a", 1, 2);
  objectPath.insert(obj, "a", 0, 0);
  assert.deepStrictEqual(obj, { a: [0, 1, 2] });
  assert.strictEqual(objectPath.coalesce(obj, ["x", "a.1"]), 1);
});

test("sees inherited properties when told to", () => {
  const obj = Object.create({ inherited: { x: 1 } });
  assert.strictEqual(objectPath.get(obj, "inherited.x"), undefined);
  assert.strictEqual(objectPath.withInheritedProps.get(obj, "inherited.x"), 1);
});

test("inherited properties do not open the way to the prototype", () => {
  try {
    assert.throws(() => objectPath.withInheritedProps.set({}, "__proto__.polluted", true), /magic properties/);
    assert.strictEqual({}.polluted, undefined);
  } finally {
    delete Object.prototype.polluted;
  }
});
