import assert from "node:assert";
import { test } from "node:test";
import camelCase from "../index.js";

test("separators", () => {
  assert.strictEqual(camelCase("foo-bar"), "fooBar");
  assert.strictEqual(camelCase("foo_bar baz.qux"), "fooBarBazQux");
  assert.strictEqual(camelCase("--foo--bar--"), "fooBar");
  assert.strictEqual(camelCase(["foo", "bar"]), "fooBar");
});

test("capitals", () => {
  assert.strictEqual(camelCase("FOO-BAR"), "fooBar");
  assert.strictEqual(camelCase("fooBarBaz"), "fooBarBaz");
  assert.strictEqual(camelCase("XMLHttpRequest"), "xmlHttpRequest");
});

test("options", () => {
  assert.strictEqual(camelCase("foo-bar", { pascalCase: true }), "FooBar");
  assert.strictEqual(camelCase("foo-BAR", { preserveConsecutiveUppercase: true }), "fooBAR");
});

test("nothing", () => {
  assert.strictEqual(camelCase(""), "");
  assert.strictEqual(camelCase("-"), "");
  assert.throws(() => camelCase(1), TypeError);
});

test("two capitals at the start of a part are one word with what follows", () => {
  assert.strictEqual(camelCase("IDs"), "ids");
});
