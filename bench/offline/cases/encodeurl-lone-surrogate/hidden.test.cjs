const assert = require("node:assert");
const { test } = require("node:test");
const encodeUrl = require("..");

test("a string that is one lone surrogate", () => {
  assert.strictEqual(encodeUrl("\uDC00"), "%EF%BF%BD");
  assert.strictEqual(encodeUrl("\uD800"), "%EF%BF%BD");
});

test("lone surrogates at both ends, with a pair between", () => {
  assert.strictEqual(encodeUrl("\uDFFF\uD83D\uDC7B/x\uDBFF"), "%EF%BF%BD%F0%9F%91%BB/x%EF%BF%BD");
});

test("the start of a later line is not the start of the string", () => {
  assert.strictEqual(encodeUrl("a\n\uDC00b"), "a%0A%EF%BF%BDb");
});

test("pairs at the ends stay whole", () => {
  assert.strictEqual(encodeUrl("\uD83D\uDC7Bx\uD83D\uDC7B"), "%F0%9F%91%BBx%F0%9F%91%BB");
});
