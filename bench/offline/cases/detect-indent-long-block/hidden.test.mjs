import assert from "node:assert";
import { test } from "node:test";
import detectIndent from "../index.js";

const text = (...lines) => `${lines.join("\n")}\n`;

test("an aligned list in a file of tabs", () => {
  const list = Array.from({ length: 20 }, () => "        aligned");
  assert.strictEqual(detectIndent(text("a", "\tb", "\t\tc", "d", "\te", "f", ...list, "g")).type, "tab");
});

test("a longer block breaks a tie", () => {
  assert.strictEqual(detectIndent(text("a", "    b", "    c", "    d", "e", "  f", "g")).amount, 4);
  assert.strictEqual(detectIndent(text("a", "    b", "c", "  d", "  e", "  f", "g")).amount, 2);
});

test("steps out count as well", () => {
  assert.strictEqual(detectIndent(text("a", "   b", "      c", "   d", "e")).amount, 3);
});
