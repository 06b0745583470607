const assert = require("node:assert");
const { test } = require("node:test");
const { dset, merge } = require("../merge");

test("by constructor and prototype", () => {
  try {
    merge({}, JSON.parse('{"constructor":{"prototype":{"polluted":1}}}'));
    assert.strictEqual({}.polluted, undefined);
    merge(() => {}, JSON.parse('{"prototype":{"polluted":1}}'));
    assert.strictEqual({}.polluted, undefined);
  } finally {
    delete Object.prototype.polluted;
  }
});

test("deep in what is merged", () => {
  try {
    dset({ a: { b: {} } }, "a", JSON.parse('{"b":{"__proto__":{"polluted":true}}}'));
    assert.strictEqual({}.polluted, undefined);
  } finally {
    delete Object.prototype.polluted;
  }
});

test("ordinary keys before it are merged", () => {
  const obj = { a: { x: 1 } };
  dset(obj, "a", JSON.parse('{"x":2,"y":3}'));
  assert.deepStrictEqual(obj, { a: { x: 2, y: 3 } });
});
