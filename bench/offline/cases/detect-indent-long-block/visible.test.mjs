import assert from "node:assert";
import { test } from "node:test";
import detectIndent from "../index.js";

const text = (...lines) => `${lines.join("\n")}\n`;

test("spaces", () => {
  assert.deepStrictEqual(detectIndent(text("a", "  b", "    c", "  d", "e")), {
    amount: 2,
    type: "space",
    indent: "  ",
  });
});

test("tabs", () => {
  assert.deepStrictEqual(detectIndent(text("a", "\tb", "\t\tc", "d")), { amount: 1, type: "tab", indent: "\t" });
});

test("none", () => {
  assert.deepStrictEqual(detectIndent(text("a", "b")), { amount: 0, type: undefined, indent: "" });
  assert.throws(() => detectIndent(null), TypeError);
});

test("a single space in a comment does not count", () => {
  assert.strictEqual(detectIndent(text("/*", " * x", " */", "a {", "    b", "}")).amount, 4);
});

test("many lines of one block are one use of their indentation", () => {
  const source = text("a", "    b", "    c", "    d", "    e", "f", "  g", "h", "  i", "j");
  assert.strictEqual(detectIndent(source).amount, 2);
});
