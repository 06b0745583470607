const assert = require("node:assert");
const { test } = require("node:test");
const { quote } = require("..");

test("characters between Z and a in the table are no drive letters", () => {
  assert.strictEqual(quote(["[:"]), "\\[\\:");
  assert.strictEqual(quote(["]:"]), "\\]\\:");
  assert.strictEqual(quote(["^:"]), "\\^\\:");
  assert.strictEqual(quote(["\\:"]), "\\\\\\:");
  assert.strictEqual(quote(["_:"]), "_\\:");
});

test("nor is an underscore, whatever follows the colon", () => {
  assert.strictEqual(quote(["_:\\b"]), "_\\:\\\\b");
  assert.strictEqual(quote(["_:$x"]), "_\\:\\$x");
});

test("a command in backticks after a colon", () => {
  assert.strictEqual(quote(["`:`touch x``".replace(" ", "")]), "\\`\\:\\`touchx\\`\\`");
});

test("all letters are drive letters", () => {
  for (const letter of ["a", "z", "A", "Z", "m"]) assert.strictEqual(quote([`${letter}:\\x`]), `${letter}:\\\\x`);
});
