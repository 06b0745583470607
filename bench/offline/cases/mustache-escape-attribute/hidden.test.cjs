const assert = require("node:assert");
const { test } = require("node:test");
const mustache = require("..");

test("a handler cannot be planted", () => {
  assert.strictEqual(mustache.render("{{x}}", { x: "a onload=alert(1)" }), "a onload&#x3D;alert(1)");
});

test("each alone, and repeated", () => {
  assert.strictEqual(mustache.escape("="), "&#x3D;");
  assert.strictEqual(mustache.escape("`"), "&#x60;");
  assert.strictEqual(mustache.escape("a==b``c"), "a&#x3D;&#x3D;b&#x60;&#x60;c");
});

test("nothing else is escaped", () => {
  const plain = "abcXYZ019 \t\n-_.:;,+*#!?()[]{}|\\^~$%@é€";
  assert.strictEqual(mustache.escape(plain), plain);
});
