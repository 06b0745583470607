const assert = require("node:assert");
const { test } = require("node:test");
const encodeUrl = require("..");

test("leaves a plain URL as it is", () => {
  assert.strictEqual(
    encodeUrl("http://localhost/foo/bar.html?fizz=buzz#readme"),
    "http://localhost/foo/bar.html?fizz=buzz#readme",
  );
  assert.strictEqual(encodeUrl("/a/b;c=1,2"), "/a/b;c=1,2");
});

test("encodes what may not stand in a URL", () => {
  assert.strictEqual(encodeUrl("/snow man"), "/snow%20man");
  assert.strictEqual(encodeUrl('/"quoted"'), "/%22quoted%22");
  assert.strictEqual(encodeUrl("/☃"), "/%E2%98%83");
});

test("keeps escapes and mends a stray percent sign", () => {
  assert.strictEqual(encodeUrl("/%20snow"), "/%20snow");
  assert.strictEqual(encodeUrl("/100%/x"), "/100%25/x");
});

test("encodes a surrogate pair", () => {
  assert.strictEqual(encodeUrl("/\uD83D\uDC7B"), "/%F0%9F%91%BB");
});

test("replaces a lone surrogate in the middle", () => {
  assert.strictEqual(encodeUrl("/a\uDFFFb"), "/a%EF%BF%BDb");
  assert.strictEqual(encodeUrl("/a\uD800b"), "/a%EF%BF%BDb");
});

test("replaces a lone low surrogate at the start", () => {
  assert.strictEqual(encodeUrl("\uDC7Bfoo"), "%EF%BF%BDfoo");
});

test("replaces a lone high surrogate at the end", () => {
  assert.strictEqual(encodeUrl("foo\uD83D"), "foo%EF%BF%BD");
});
