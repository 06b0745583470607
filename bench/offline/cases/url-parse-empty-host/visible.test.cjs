const assert = require("node:assert");
const { test } = require("node:test");
const parse = require("..");

test("takes a URL apart", () => {
  const url = parse("https://user:pass@example.com:8080/a/b?x=1#top");
  assert.strictEqual(url.username, "user");
  assert.strictEqual(url.password, "pass");
  assert.strictEqual(url.host, "example.com:8080");
  assert.strictEqual(url.pathname, "/a/b");
});

test("writes what it read", () => {
  for (const text of [
    "https://user:pass@example.com/a",
    "http://example.com/",
    "http://user@example.com/x?y#z",
    "file:///etc/x",
  ]) {
    assert.strictEqual(parse(text).toString(), text);
  }
});

test("sets parts", () => {
  assert.strictEqual(parse("http://example.com/a").set("pathname", "b").href, "http://example.com/b");
  assert.strictEqual(parse("http://example.com/a").set("hash", "x").href, "http://example.com/a#x");
});

test("resolves against another URL", () => {
  assert.strictEqual(parse("/c", "http://example.com/a/b").href, "http://example.com/c");
});

test("a URL without a host does not get one by being written", () => {
  const url = parse("http://@/127.0.0.1");
  assert.strictEqual(url.host, "");
  assert.strictEqual(url.href, "http://@/127.0.0.1");
});
