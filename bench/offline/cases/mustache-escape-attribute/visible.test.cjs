const assert = require("node:assert");
const { test } = require("node:test");
const mustache = require("..");

test("escapes what begins tags and entities", () => {
  assert.strictEqual(mustache.render("{{x}}", { x: "<a & b>" }), "&lt;a &amp; b&gt;");
});

test("escapes quotation marks and slashes", () => {
  assert.strictEqual(mustache.render("{{x}}", { x: "\"'/" }), "&quot;&#39;&#x2F;");
});

test("does not escape when told not to", () => {
  assert.strictEqual(mustache.render("{{{x}}}{{&x}}", { x: "<=`" }), "<=`<=`");
});

test("sections and partials", () => {
  assert.strictEqual(mustache.render("{{#list}}{{.}};{{/list}}{{>p}}", { list: ["a", "b"] }, { p: "!" }), "a;b;!");
});

test("escapes what ends an attribute without quotation marks", () => {
  assert.strictEqual(mustache.render("<a x={{x}}>", { x: "`=" }), "<a x=&#x60;&#x3D;>");
});
