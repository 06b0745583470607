const assert = require("node:assert");
const { test } = require("node:test");
const prettyMs = require("..");

test("any number of zeros goes", () => {
  for (const secDecimalDigits of [1, 2, 3, 4, 8]) assert.strictEqual(prettyMs(33000, { secDecimalDigits }), "33s");
});

test("a fraction keeps its digits, the zeros at its end too", () => {
  assert.strictEqual(prettyMs(33500, { secDecimalDigits: 2 }), "33.50s");
  assert.strictEqual(prettyMs(33050, { secDecimalDigits: 3 }), "33.050s");
});

test("zeros before the point stay", () => {
  assert.strictEqual(prettyMs(30000, { secDecimalDigits: 0 }), "30s");
  assert.strictEqual(prettyMs(60000 + 10000, { secDecimalDigits: 2 }), "1m 10s");
});
