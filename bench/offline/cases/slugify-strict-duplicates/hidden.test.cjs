const assert = require("node:assert");
const { test } = require("node:test");
const slugify = require("..");

test("several dropped characters in a row", () => {
  assert.strictEqual(slugify("a ! b ' c", { strict: true }), "a-b-c");
  assert.strictEqual(slugify("a ! ! ! b", { strict: true }), "a-b");
});

test("another separator", () => {
  assert.strictEqual(slugify("a ! b", { strict: true, replacement: "_" }), "a_b");
});

test("without strict nothing is dropped", () => {
  assert.strictEqual(slugify("foo @ bar"), "foo-@-bar");
});

test("together with lower", () => {
  assert.strictEqual(slugify("Foo @ Bar", { strict: true, lower: true }), "foo-bar");
});
