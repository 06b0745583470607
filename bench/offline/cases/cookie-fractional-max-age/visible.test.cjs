const assert = require("node:assert");
const { test } = require("node:test");
const cookie = require("..");

test("parses a header", () => {
  assert.deepEqual(cookie.parse("foo=bar; equation=E%3Dmc%5E2"), { foo: "bar", equation: "E=mc^2" });
});

test("serializes a name and a value", () => {
  assert.strictEqual(cookie.serialize("foo", "bar"), "foo=bar");
  assert.strictEqual(cookie.serialize("foo", "bar +baz"), "foo=bar%20%2Bbaz");
});

test("serializes attributes in order", () => {
  assert.strictEqual(
    cookie.serialize("a", "b", { path: "/", domain: "example.com", secure: true, httpOnly: true }),
    "a=b; Domain=example.com; Path=/; HttpOnly; Secure",
  );
});

test("serializes a whole Max-Age", () => {
  assert.strictEqual(cookie.serialize("foo", "bar", { maxAge: 1000 }), "foo=bar; Max-Age=1000");
  assert.strictEqual(cookie.serialize("foo", "bar", { maxAge: 0 }), "foo=bar; Max-Age=0");
});

test("refuses a Max-Age that is no number", () => {
  assert.throws(() => cookie.serialize("foo", "bar", { maxAge: "buzz" }));
});

test("drops the fraction of a Max-Age", () => {
  assert.strictEqual(cookie.serialize("foo", "bar", { maxAge: 3.14 }), "foo=bar; Max-Age=3");
  assert.strictEqual(cookie.serialize("foo", "bar", { maxAge: 3.99 }), "foo=bar; Max-Age=3");
});
