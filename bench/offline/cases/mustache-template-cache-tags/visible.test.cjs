const assert = require("node:assert");
const { test } = require("node:test");
const mustache = require("..");

test("fills in variables and escapes them", () => {
  assert.strictEqual(mustache.render("Hi {{name}}!", { name: "<Jo>" }), "Hi &lt;Jo&gt;!");
  assert.strictEqual(mustache.render("{{{raw}}} {{&raw}}", { raw: "<b>" }), "<b> <b>");
});

test("sections, lists and inverted sections", () => {
  assert.strictEqual(mustache.render("{{#list}}{{.}},{{/list}}", { list: [1, 2] }), "1,2,");
  assert.strictEqual(mustache.render("{{^empty}}none{{/empty}}", { empty: [] }), "none");
});

test("partials and functions", () => {
  assert.strictEqual(mustache.render("{{>p}}", { x: 1 }, { p: "[{{x}}]" }), "[1]");
  assert.strictEqual(
    mustache.render("{{#wrap}}a{{/wrap}}", { wrap: () => (text, render) => `<${render(text)}>` }),
    "<a>",
  );
});

test("tags can be changed inside a template", () => {
  assert.strictEqual(mustache.render("{{=<% %>=}}<%x%>{{x}}", { x: 1 }), "1{{x}}");
});

test("the same template under other tags is another template", () => {
  mustache.clearCache();
  const tags = mustache.tags;
  try {
    assert.strictEqual(mustache.render("<%x%>{{x}}", { x: 1 }), "<%x%>1");
    mustache.tags = ["<%", "%>"];
    assert.strictEqual(mustache.render("<%x%>{{x}}", { x: 1 }), "1{{x}}");
  } finally {
    mustache.tags = tags;
  }
});
