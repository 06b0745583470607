const assert = require("node:assert");
const { test } = require("node:test");
const qs = require("..");

test("parses pairs", () => {
  assert.deepEqual(qs.parse("foo=bar&bar=foo"), { foo: "bar", bar: "foo" });
  assert.deepEqual(qs.parse("?foo=bar&empty="), { foo: "bar", empty: "" });
});

test("decodes keys and values", () => {
  assert.deepEqual(qs.parse("a%20b=c+d"), { "a b": "c d" });
});

test("keeps what was given first", () => {
  assert.deepEqual(qs.parse("a=1&a=2"), { a: "1" });
  assert.deepEqual(qs.parse("a=1&toString=2"), { a: "1" });
});

test("writes pairs", () => {
  assert.strictEqual(qs.stringify({ foo: "bar", n: 0 }), "foo=bar&n=0");
  assert.strictEqual(qs.stringify({ foo: "b r" }, true), "?foo=b%20r");
  assert.strictEqual(qs.stringify({ foo: undefined, bar: null }), "foo=&bar=");
});

test("parses a fragment too", () => {
  assert.deepEqual(qs.parse("#foo=bar"), { foo: "bar" });
  assert.deepEqual(qs.parse("#foo=bar&a=b"), { foo: "bar", a: "b" });
});
