const assert = require("node:assert");
const { test } = require("node:test");
const pluralize = require("..");

test("a rule that changes nothing", () => {
  pluralize.addPluralRule(/eBay$/, "eBay");
  assert.strictEqual(pluralize("eBay"), "eBay");
  pluralize.addSingularRule(/macOS$/, "macOS");
  assert.strictEqual(pluralize.singular("macOS"), "macOS");
});

test("rules that change something follow the word", () => {
  assert.strictEqual(pluralize("CITY"), "CITIES");
  assert.strictEqual(pluralize("City"), "Cities");
  assert.strictEqual(pluralize.singular("MICE"), "MOUSE");
  assert.strictEqual(pluralize.singular("Mice"), "Mouse");
  assert.strictEqual(pluralize("WOMAN"), "WOMEN");
});

test("words that are already in that form", () => {
  assert.strictEqual(pluralize("people"), "people");
  assert.strictEqual(pluralize("People"), "People");
  assert.strictEqual(pluralize.singular("PERSON"), "PERSON");
});

test("a capital at the start and another one inside", () => {
  pluralize.addPluralRule(/McDonald$/, "McDonald");
  assert.strictEqual(pluralize("McDonald"), "McDonald");
});

test("a rule in capitals still follows a small word", () => {
  pluralize.addPluralRule(/gax$/i, "GAXII");
  assert.strictEqual(pluralize("gax"), "gaxii");
});
