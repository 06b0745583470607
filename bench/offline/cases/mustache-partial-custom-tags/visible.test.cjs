const assert = require("node:assert");
const { test } = require("node:test");
const mustache = require("..");

test("fills in variables and escapes them", () => {
  assert.strictEqual(mustache.render("Hi {{name}}!", { name: "<Jo>" }), "Hi &lt;Jo&gt;!");
});

test("sections, lists and inverted sections", () => {
  assert.strictEqual(mustache.render("{{#list}}{{.}},{{/list}}", { list: [1, 2] }), "1,2,");
  assert.strictEqual(mustache.render("{{^empty}}none{{/empty}}", { empty: [] }), "none");
});

test("partials, also in partials", () => {
  assert.strictEqual(mustache.render("{{>a}}", { x: 1 }, { a: "a{{>b}}", b: "b{{x}}" }), "ab1");
  assert.strictEqual(mustache.render("{{>none}}", {}, {}), "");
});

test("a partial alone on its line is indented", () => {
  assert.strictEqual(mustache.render(" {{>p}}\n", {}, { p: "1\n2" }), " 1\n 2");
});

test("other tags for one rendering", () => {
  assert.strictEqual(mustache.render("<%x%>{{x}}", { x: 1 }, {}, ["<%", "%>"]), "1{{x}}");
  assert.strictEqual(mustache.render("<%>p%>", { x: 1 }, { p: "<%x%>" }, ["<%", "%>"]), "1");
});

test("other tags reach the partials of partials", () => {
  assert.strictEqual(mustache.render("<%>a%>", { x: 1 }, { a: "a<%>b%>", b: "b<%x%>" }, ["<%", "%>"]), "ab1");
});
