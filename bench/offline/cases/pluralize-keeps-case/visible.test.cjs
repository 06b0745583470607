const assert = require("node:assert");
const { test } = require("node:test");
const pluralize = require("..");

test("regular words", () => {
  assert.strictEqual(pluralize("test"), "tests");
  assert.strictEqual(pluralize("city"), "cities");
  assert.strictEqual(pluralize.singular("boxes"), "box");
});

test("irregular words and words without a plural", () => {
  assert.strictEqual(pluralize("person"), "people");
  assert.strictEqual(pluralize.singular("mice"), "mouse");
  assert.strictEqual(pluralize("sheep"), "sheep");
});

test("counts", () => {
  assert.strictEqual(pluralize("test", 1), "test");
  assert.strictEqual(pluralize("test", 5, true), "5 tests");
  assert.strictEqual(pluralize("tests", 1, true), "1 test");
});

test("keeps the case of a word", () => {
  assert.strictEqual(pluralize("Person"), "People");
  assert.strictEqual(pluralize("PERSON"), "PEOPLE");
  assert.strictEqual(pluralize("Box"), "Boxes");
});

test("takes rules of its user", () => {
  pluralize.addPluralRule(/gex$/i, "gexii");
  assert.strictEqual(pluralize("regex"), "regexii");
});

test("what is replaced by itself keeps its case", () => {
  pluralize.addSingularRule(/(iPod)s$/, "$1");
  pluralize.addPluralRule(/iPod$/, "iPod");
  assert.strictEqual(pluralize.plural("iPod"), "iPod");
});
