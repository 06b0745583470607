import assert from "node:assert";
import { test } from "node:test";
import camelCase from "../index.js";

test("in pascal case", () => {
  assert.strictEqual(camelCase("IDs", { pascalCase: true }), "Ids");
});

test("with capitals preserved it is split as before", () => {
  assert.strictEqual(camelCase("IDs", { preserveConsecutiveUppercase: true }), "iDs");
});

test("after another word", () => {
  assert.strictEqual(camelCase("FooIDs"), "fooIds");
});

test("longer runs of capitals are split as before", () => {
  assert.strictEqual(camelCase("XMLHttp"), "xmlHttp");
  assert.strictEqual(camelCase("FOOBar"), "fooBar");
});
