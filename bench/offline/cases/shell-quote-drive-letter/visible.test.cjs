const assert = require("node:assert");
const { test } = require("node:test");
const { parse, quote } = require("..");

test("leaves plain words alone", () => {
  assert.strictEqual(quote(["a", "b-c", "d.e/f_g"]), "a b-c d.e/f_g");
});

test("quotes white space and quotation marks", () => {
  assert.strictEqual(quote(["a", "b c"]), "a 'b c'");
  assert.strictEqual(quote(["it's"]), '"it\'s"');
});

test("escapes what the shell would read", () => {
  assert.strictEqual(quote(["$a", "b;c", "d&e"]), "\\$a b\\;c d\\&e");
  assert.strictEqual(quote(["a", 1, true]), "a 1 true");
});

test("writes operators", () => {
  assert.strictEqual(quote(["a", { op: "|" }, "b"]), "a \\| b");
});

test("leaves the colon of a drive letter", () => {
  assert.strictEqual(quote(["a:\\b"]), "a:\\\\b");
  assert.strictEqual(quote(["C:\\projects"]), "C:\\\\projects");
});

test("parses what it quotes", () => {
  assert.deepStrictEqual(parse(quote(["a b", "$x", "it's"])), ["a b", "$x", "it's"]);
});

test("a backtick before a colon is escaped", () => {
  assert.strictEqual(quote(["`:`a"]), "\\`\\:\\`a");
});
