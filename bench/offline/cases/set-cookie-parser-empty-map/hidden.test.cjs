const assert = require("node:assert");
const { test } = require("node:test");
const setCookie = require("..");

test("every kind of nothing, as a map", () => {
  for (const nothing of [undefined, null, ""]) assert.deepStrictEqual(setCookie.parse(nothing, { map: true }), {});
});

test("every kind of nothing, as a list", () => {
  for (const nothing of [undefined, null, ""]) {
    assert.deepStrictEqual(setCookie.parse(nothing), []);
    assert.deepStrictEqual(setCookie.parse(nothing, {}), []);
    assert.deepStrictEqual(setCookie.parse(nothing, { map: false }), []);
    assert.deepStrictEqual(setCookie.parse(nothing, { decodeValues: false }), []);
  }
});

test("options still reach the parser", () => {
  assert.deepStrictEqual(setCookie.parse("a=x%20y", { decodeValues: false }), [{ name: "a", value: "x%20y" }]);
});
