const assert = require("node:assert");
const { test } = require("node:test");
const { quote } = require("..");

test("braces and brackets", () => {
  assert.strictEqual(quote(["{a,b}"]), "\\{a\\,b\\}");
  assert.strictEqual(quote(["[ab]"]), "\\[ab\\]");
});

test("other characters with a meaning", () => {
  assert.strictEqual(quote(["a=b"]), "a\\=b");
  assert.strictEqual(quote(["?", "@x", "^y"]), "\\? \\@x \\^y");
});

test("what was escaped before still is", () => {
  assert.strictEqual(quote(["$`!#&*|()\\"]), "\\$\\`\\!\\#\\&\\*\\|\\(\\)\\\\");
});
