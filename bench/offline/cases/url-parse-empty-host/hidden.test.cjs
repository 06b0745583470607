const assert = require("node:assert");
const { test } = require("node:test");
const parse = require("..");

test("read, written and read again, the host stays empty", () => {
  for (const text of ["http://@/example.com", "https://@/example.com/x", "http://:@/example.com"]) {
    const again = parse(parse(text).toString());
    assert.strictEqual(again.hostname, "", text);
  }
});

test("with only the root as a path nothing is added", () => {
  assert.strictEqual(parse("http://").toString(), "http:///");
});

test("protocols that need no host are left alone", () => {
  assert.strictEqual(parse("file:///a/b").toString(), "file:///a/b");
  assert.strictEqual(parse("mailto:a@b.c").toString(), "mailto:a@b.c");
});

test("a host is written without a stray sign", () => {
  assert.strictEqual(parse("http://example.com/a").toString(), "http://example.com/a");
});
