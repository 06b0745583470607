const assert = require("node:assert");
const { test } = require("node:test");
const parse = require("..");

test("takes a URL apart", () => {
  const url = parse("https://user:pass@example.com:8080/a/b?x=1#top");
  assert.strictEqual(url.protocol, "https:");
  assert.strictEqual(url.auth, "user:pass");
  assert.strictEqual(url.hostname, "example.com");
  assert.strictEqual(url.port, "8080");
  assert.strictEqual(url.pathname, "/a/b");
  assert.strictEqual(url.query, "?x=1");
  assert.strictEqual(url.hash, "#top");
});

test("leaves out the port that goes without saying", () => {
  assert.strictEqual(parse("http://example.com:80/").host, "example.com");
  assert.strictEqual(parse("http://example.com:81/").host, "example.com:81");
});

test("resolves against another URL", () => {
  assert.strictEqual(parse("../c", "http://example.com/a/b/").href, "http://example.com/a/c");
});

test("sets parts and writes the whole", () => {
  const url = parse("http://example.com/a");
  url.set("port", 8080).set("query", { y: "2" });
  assert.strictEqual(url.toString(), "http://example.com:8080/a?y=2");
});

test("drops white space in front", () => {
  assert.strictEqual(parse(" \t\nhttp://example.com/").hostname, "example.com");
});

test("drops control characters in front", () => {
  assert.strictEqual(parse("\x01http://example.com/").hostname, "example.com");
  assert.strictEqual(parse("\x1f\x00http://example.com/").protocol, "http:");
});
