const assert = require("node:assert");
const { test } = require("node:test");
const mustache = require("..");

test("tags given to parse", () => {
  mustache.clearCache();
  mustache.parse("(x)[x]");
  assert.deepStrictEqual(
    mustache.parse("(x)[x]", ["(", ")"]).map((token) => token[0]),
    ["name", "text"],
  );
  assert.deepStrictEqual(
    mustache.parse("(x)[x]", ["[", "]"]).map((token) => token[0]),
    ["text", "name"],
  );
  assert.deepStrictEqual(
    mustache.parse("(x)[x]").map((token) => token[0]),
    ["text"],
  );
});

test("what was parsed once is not parsed again", () => {
  mustache.clearCache();
  assert.strictEqual(mustache.parse("{{a}}"), mustache.parse("{{a}}"));
  assert.strictEqual(mustache.parse("(a)", ["(", ")"]), mustache.parse("(a)", ["(", ")"]));
});

test("back to the first tags", () => {
  const tags = mustache.tags;
  const at = (next) => {
    mustache.tags = next;
    return mustache.render("<<x>>{{x}}", { x: 1 });
  };
  try {
    assert.deepStrictEqual([at(tags), at(["<<", ">>"]), at(tags)], ["<<x>>1", "1{{x}}", "<<x>>1"]);
  } finally {
    mustache.tags = tags;
  }
});
