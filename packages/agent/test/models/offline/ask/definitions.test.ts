import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { definitionPattern, rankDefinitions } from "../../../../src/models/offline/ask/definitions.ts";

const defining = [
  "function clamp(value) {",
  "export async function* clamp() {",
  "export const clamp = (value) => value;",
  "let clamp = function () {};",
  "exports.clamp = value => value;",
  "Thing.prototype.clamp = function () {",
  "  async clamp(value) {",
  "  clamp: function (value) {",
  "class clamp extends Base {",
  "export interface clamp {",
  "type clamp = string;",
  "def clamp(value):",
  "    async def clamp(value):",
  "func clamp(value int) int {",
  "func (r *Range) clamp(value int) int {",
  "pub fn clamp<T>(value: T) -> T {",
  "pub struct clamp;",
  "macro_rules! clamp {",
  "#define clamp(x) (x)",
  "static int clamp(int value)",
  "  public static int clamp(int value) {",
  "clamp = 3",
];
const using = [
  "  return clamp(value);",
  "const x = clamp(value);",
  "// function clamp is gone",
  "import { clamp } from './clamp.js';",
  "const { clamp } = require('./clamp');",
  "if (clamp == 3) x();",
  "clamped = 3",
  "function unclamp() {",
];

test("tells definitions from uses in many languages", () => {
  for (const text of defining) {
    const matched = execFileSync("grep", ["-cE", "-e", definitionPattern("clamp")], {
      input: `${text}\n`,
      encoding: "utf8",
    });
    assert.equal(matched.trim(), "1", `not searched for: ${text}`);
    assert.equal(rankDefinitions("clamp", [{ path: "a.x", line: 1, text }]).length, 1, text);
  }
  for (const text of using) assert.deepEqual(rankDefinitions("clamp", [{ path: "a.x", line: 1, text }]), [], text);
});

test("puts source before tests and derived files", () => {
  const text = "function clamp() {";
  const hit = (path: string) => ({ path, line: 1, text });
  const ranked = rankDefinitions("clamp", ["test/a.js", "dist/a.js", "src/a.js"].map(hit));
  assert.deepEqual(
    ranked.map(({ path }) => path),
    ["src/a.js", "test/a.js", "dist/a.js"],
  );
});

test("a name with special characters is searched for as it is", () => {
  const pattern = definitionPattern("$get");
  const count = execFileSync("grep", ["-cE", "-e", pattern], { input: "function $get() {\n", encoding: "utf8" });
  assert.equal(count.trim(), "1");
});
