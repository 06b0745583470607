const assert = require("node:assert");
const { test } = require("node:test");
const strip = require("..");

test("a block comment that is never closed", () => {
  assert.strictEqual(strip("{}/* x", { whitespace: false }), "{}");
  assert.strictEqual(strip("{}/* x"), "{}    ");
});

test("only a comment", () => {
  assert.strictEqual(strip("//a", { whitespace: false }), "");
  assert.strictEqual(strip("//a"), "   ");
});

test("a comment after a closed one", () => {
  assert.strictEqual(strip("1/*a*///b", { whitespace: false }), "1");
});

test("text after the last comment stays", () => {
  assert.strictEqual(strip("//a\n[1]", { whitespace: false }), "\n[1]");
  assert.strictEqual(strip("/*a*/[1]", { whitespace: false }), "[1]");
});
