const assert = require("node:assert");
const { test } = require("node:test");
const qs = require("..");

test("a hash sign in a value belongs to it", () => {
  assert.deepEqual(qs.parse("foo=bar#x"), { foo: "bar#x" });
});

test("a hash sign beside a question mark", () => {
  assert.deepEqual(qs.parse("#?foo=bar"), { foo: "bar" });
});

test("the fragment of an authorization answer", () => {
  assert.deepEqual(qs.parse("#access_token=t&expires=5"), { access_token: "t", expires: "5" });
});

test("queries are parsed as before", () => {
  assert.deepEqual(qs.parse("?shizzle=mynizzle&a=b"), { shizzle: "mynizzle", a: "b" });
  assert.deepEqual(qs.parse("foo=1=2"), { foo: "1=2" });
});
