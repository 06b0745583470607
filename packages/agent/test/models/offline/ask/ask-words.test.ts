import assert from "node:assert/strict";
import { test } from "node:test";
import { rankFiles, rankLines } from "../../../../src/models/offline/ask/ask-words.ts";

test("ranks files by rare words, names and place", () => {
  const common = new Map([
    ["a.js", 9],
    ["b.js", 9],
    ["src/parse.js", 1],
    ["test/parse.test.js", 3],
    ["dist/parse.js", 9],
  ]);
  const rare = new Map([
    ["src/parse.js", 1],
    ["test/parse.test.js", 1],
    ["dist/parse.js", 1],
  ]);
  const ranked = rankFiles(["value", "parse"], [common, rare]).map(({ path, words }) => `${path} ${words}`);
  assert.deepEqual(ranked, ["src/parse.js 2", "test/parse.test.js 2", "a.js 1", "b.js 1"]);
});

test("ranks lines by the words they hold, declarations before imports", () => {
  const texts = ['import { parse } from "./parse.js";', "x(parse)", "function parse() {", "parse(value)"];
  const hits = texts.map((text, index) => ({ path: "a.js", line: index + 1, text }));
  assert.deepEqual(
    rankLines(["value", "parse"], hits).map(({ line }) => line),
    [4, 3, 2, 1],
  );
});
