const assert = require("node:assert");
const { test } = require("node:test");
const arg = require("..");

const name = (...argv) => arg({ "--name": String }, { argv })["--name"];

test("several equals signs, also at the ends", () => {
  assert.strictEqual(name("--name=a=b=c"), "a=b=c");
  assert.strictEqual(name("--name==a"), "=a");
  assert.strictEqual(name("--name=a="), "a=");
  assert.strictEqual(name("--name=YQ=="), "YQ==");
});

test("an empty value is a value", () => {
  assert.strictEqual(name("--name="), "");
});

test("every repeated value keeps its equals sign", () => {
  assert.deepStrictEqual(arg({ "--set": [String] }, { argv: ["--set=a=1", "--set=b=2"] })["--set"], ["a=1", "b=2"]);
});

test("values without one are as before", () => {
  assert.strictEqual(name("--name", "a=b"), "a=b");
  assert.strictEqual(name("--name=a"), "a");
});
