const assert = require("node:assert");
const { test } = require("node:test");
const hosted = require("..");

test("numbers, lists and functions", () => {
  for (const value of [0, 42, true, ["foo/bar"], () => "foo/bar", Symbol.iterator]) {
    assert.strictEqual(hosted.fromUrl(value), undefined);
  }
});

test("addresses without a host, of other kinds", () => {
  for (const value of ["mailto:x", "javascript:alert", "./foo/bar", "foo", "github"])
    assert.strictEqual(hosted.fromUrl(value), undefined, value);
});

test("addresses with www", () => {
  assert.strictEqual(hosted.fromUrl("https://www.github.com/foo/bar").type, "github");
});
