const assert = require("node:assert");
const { test } = require("node:test");
const mustache = require("..");

const tags = ["[[", "]]"];

test("three levels deep", () => {
  assert.strictEqual(
    mustache.render("[[>a]]", { x: 1 }, { a: "[[>b]]", b: "[[>c]]", c: "{{x}}[[x]]" }, tags),
    "{{x}}1",
  );
});

test("two partials in a partial", () => {
  assert.strictEqual(mustache.render("[[>a]]", { x: 1 }, { a: "[[>b]]-[[>b]]", b: "[[x]]" }, tags), "1-1");
});

test("without other tags nothing changes", () => {
  assert.strictEqual(mustache.render("{{>a}}", { x: 1 }, { a: "[[x]]{{>b}}", b: "{{x}}" }), "[[x]]1");
});
