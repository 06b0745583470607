const assert = require("node:assert");
const { test } = require("node:test");
const cookie = require("..");

test("large ages keep all their digits", () => {
  assert.strictEqual(cookie.serialize("a", "b", { maxAge: 31536000000.5 }), "a=b; Max-Age=31536000000");
});

test("negative ages are floored", () => {
  assert.strictEqual(cookie.serialize("a", "b", { maxAge: -1 }), "a=b; Max-Age=-1");
  assert.strictEqual(cookie.serialize("a", "b", { maxAge: -1.5 }), "a=b; Max-Age=-2");
});

test("numbers in strings count as numbers", () => {
  assert.strictEqual(cookie.serialize("a", "b", { maxAge: "60.7" }), "a=b; Max-Age=60");
});

test("what is no number is still refused", () => {
  assert.throws(() => cookie.serialize("a", "b", { maxAge: "x" }), /maxAge should be a Number/);
});
