const assert = require("node:assert");
const { test } = require("node:test");
const slugify = require("..");

test("replaces spaces", () => {
  assert.strictEqual(slugify("foo bar baz"), "foo-bar-baz");
  assert.strictEqual(slugify("foo bar baz", "_"), "foo_bar_baz");
  assert.strictEqual(slugify("  foo  bar "), "foo-bar");
});

test("writes letters beyond ASCII in ASCII", () => {
  assert.strictEqual(slugify("Ærø café"), "AEro-cafe");
  assert.strictEqual(slugify("10 €"), "10-euro");
});

test("options", () => {
  assert.strictEqual(slugify("Foo Bar", { lower: true }), "foo-bar");
  assert.strictEqual(slugify("foo bar", { replacement: "." }), "foo.bar");
  assert.strictEqual(slugify("foo *+~.() bar", { remove: /[*+~.()]/g }), "foo-bar");
});

test("strict drops everything but letters and digits", () => {
  assert.strictEqual(slugify("foo_bar. -@-baz!", { strict: true, replacement: "-" }).includes("@"), false);
  assert.strictEqual(slugify("foo@bar!", { strict: true }), "foobar");
});

test("refuses what is no string", () => {
  assert.throws(() => slugify(undefined), /string argument expected/);
});

test("strict leaves no doubled separator behind", () => {
  assert.strictEqual(slugify("foo @ bar", { strict: true }), "foo-bar");
  assert.strictEqual(slugify("foo_bar. -@-baz!", { strict: true }), "foobar-baz");
});
