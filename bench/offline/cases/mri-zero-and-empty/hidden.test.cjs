const assert = require("node:assert");
const { test } = require("node:test");
const mri = require("..");

test("every way to write zero", () => {
  for (const zero of ["0", "00", "0.0", "0x0", "0e5"]) assert.strictEqual(mri([`--x=${zero}`]).x, 0, zero);
});

test("infinite and odd values stay text", () => {
  assert.strictEqual(mri(["--x=Infinity"]).x, "Infinity");
  assert.strictEqual(mri(["--x=NaN"]).x, "NaN");
  assert.strictEqual(mri(["--x=1e999"]).x, "1e999");
});

test("booleans stay booleans", () => {
  assert.strictEqual(mri(["--x"]).x, true);
  assert.strictEqual(mri(["--no-x"]).x, false);
});

test("text that is declared as text stays text", () => {
  assert.strictEqual(mri(["--x=0"], { string: ["x"] }).x, "0");
});

test("zero among several values", () => {
  assert.deepEqual(mri(["--x=0", "--x=1"]).x, [0, 1]);
});
