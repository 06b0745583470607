const assert = require("node:assert");
const { test } = require("node:test");
const mri = require("..");

test("positional arguments", () => {
  assert.deepEqual(mri(["a", "b"]), { _: ["a", "b"] });
  assert.deepEqual(mri(["a", "--", "--b"]), { _: ["a", "--b"] });
});

test("flags and values", () => {
  assert.deepEqual(mri(["--foo", "--bar", "baz"]), { _: [], foo: true, bar: "baz" });
  assert.deepEqual(mri(["--foo=bar"]), { _: [], foo: "bar" });
  assert.deepEqual(mri(["--no-foo"]), { _: [], foo: false });
});

test("short flags in a group", () => {
  assert.deepEqual(mri(["-abc", "x"]), { _: [], a: true, b: true, c: "x" });
});

test("numbers become numbers", () => {
  assert.deepEqual(mri(["--num", "5", "--neg=-2", "--float", "1.5"]), { _: [], num: 5, neg: -2, float: 1.5 });
});

test("text stays text", () => {
  assert.deepEqual(mri(["--name", "5apples", "--hex", "xyz"]), { _: [], name: "5apples", hex: "xyz" });
});

test("an alias sets both names", () => {
  assert.deepEqual(mri(["-v"], { alias: { v: "verbose" } }), { _: [], v: true, verbose: true });
});

test("zero is a number too", () => {
  const out = mri(["--retries", "0", "--depth=0"]);
  assert.strictEqual(out.retries, 0);
  assert.strictEqual(out.depth, 0);
});
