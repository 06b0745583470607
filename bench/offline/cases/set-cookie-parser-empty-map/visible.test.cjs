const assert = require("node:assert");
const { test } = require("node:test");
const setCookie = require("..");

test("parses one header", () => {
  assert.deepStrictEqual(setCookie.parse("foo=bar; Max-Age=1000; Path=/; HttpOnly"), [
    { name: "foo", value: "bar", maxAge: 1000, path: "/", httpOnly: true },
  ]);
});

test("parses an array and decodes values", () => {
  assert.deepStrictEqual(setCookie.parse(["a=1", "b=x%20y"]), [
    { name: "a", value: "1" },
    { name: "b", value: "x y" },
  ]);
});

test("makes a map when asked to", () => {
  assert.deepStrictEqual(setCookie.parse(["a=1", "b=2; Secure"], { map: true }), {
    a: { name: "a", value: "1" },
    b: { name: "b", value: "2", secure: true },
  });
});

test("reads the headers of a response", () => {
  assert.deepStrictEqual(setCookie.parse({ headers: { "Set-Cookie": ["a=1"] } }), [{ name: "a", value: "1" }]);
});

test("nothing gives an empty list", () => {
  assert.deepStrictEqual(setCookie.parse(undefined), []);
  assert.deepStrictEqual(setCookie.parse(""), []);
});

test("nothing gives an empty map when a map is asked for", () => {
  assert.deepStrictEqual(setCookie.parse(undefined, { map: true }), {});
});
