const assert = require("node:assert");
const { test } = require("node:test");
const jsonpointer = require("..");

test("gets values", () => {
  const obj = { a: 1, b: { c: 2 }, d: { e: [{ a: 3 }, { b: 4 }] } };
  assert.strictEqual(jsonpointer.get(obj, "/a"), 1);
  assert.strictEqual(jsonpointer.get(obj, "/b/c"), 2);
  assert.strictEqual(jsonpointer.get(obj, "/d/e/1/b"), 4);
  assert.strictEqual(jsonpointer.get(obj, ""), obj);
  assert.strictEqual(jsonpointer.get(obj, "/x/y"), undefined);
});

test("sets values and gives the old one back", () => {
  const obj = { a: 1 };
  assert.strictEqual(jsonpointer.set(obj, "/a", 2), 1);
  assert.strictEqual(obj.a, 2);
});

test("makes what is missing on the way", () => {
  const obj = {};
  jsonpointer.set(obj, "/d/e/0", 5);
  assert.deepStrictEqual(obj, { d: { e: [5] } });
  jsonpointer.set(obj, "/d/e/-", 6);
  assert.deepStrictEqual(obj.d.e, [5, 6]);
});

test("reads escapes", () => {
  const obj = { "a/b": 1, "c~d": 2 };
  assert.strictEqual(jsonpointer.get(obj, "/a~1b"), 1);
  assert.strictEqual(jsonpointer.get(obj, "/c~0d"), 2);
});

test("refuses a pointer that is none", () => {
  assert.throws(() => jsonpointer.get({}, "a"), /Invalid JSON pointer/);
});

test("a pointer cannot reach the prototype of all objects", () => {
  try {
    jsonpointer.set({}, "/__proto__/boo", "polluted");
    assert.strictEqual({}.boo, undefined);
    jsonpointer.set({}, "/constructor/prototype/boo", "polluted");
    assert.strictEqual({}.boo, undefined);
  } finally {
    delete Object.prototype.boo;
  }
});
