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

test("escapes variables, groups and pipes", () => {
  assert.strictEqual(quote(["$a", "b&c", "d|e", "(f)"]), "\\$a b\\&c d\\|e \\(f\\)");
  assert.strictEqual(quote(["\\"]), "\\\\");
});

test("parses words, quotes and variables", () => {
  assert.deepStrictEqual(parse("a 'b c' \"$d\"", { d: "e" }), ["a", "b c", "e"]);
});

test("parses operators", () => {
  assert.deepStrictEqual(parse("a | b"), ["a", { op: "|" }, "b"]);
});

test("escapes what separates and redirects commands", () => {
  assert.strictEqual(quote(["a;b"]), "a\\;b");
  assert.strictEqual(quote(["x>y", "<z"]), "x\\>y \\<z");
});
