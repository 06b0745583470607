const assert = require("node:assert");
const { test } = require("node:test");
const marked = require("..");

test("however it is written", () => {
  assert.strictEqual(marked("[x](VBScript:a)", { sanitize: true }), "<p></p>\n");
  assert.strictEqual(marked("[x](vb&#115;cript:a)", { sanitize: true }), "<p></p>\n");
  assert.strictEqual(marked("[x](JavaScript:a)", { sanitize: true }), "<p></p>\n");
});

test("only at the start of the address", () => {
  assert.ok(marked("[x](a/vbscript:b)", { sanitize: true }).includes("href"));
  assert.ok(marked("[x](http://a/?javascript:b)", { sanitize: true }).includes("href"));
  assert.ok(marked("[x](https://example.com)", { sanitize: true }).includes("href"));
});

test("without sanitizing everything is left", () => {
  assert.ok(marked("[x](vbscript:a)").includes("href"));
});
