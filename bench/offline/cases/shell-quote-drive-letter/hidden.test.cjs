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

test("a command in backticks after a colon", () => {
  assert.strictEqual(quote(["`:`touch x``".replace(" ", "")]), "\\`\\:\\`touchx\\`\\`");
});

test("all letters are drive letters", () => {
  for (const letter of ["a", "z", "A", "Z", "m"]) assert.strictEqual(quote([`${letter}:\\x`]), `${letter}:\\\\x`);
});
