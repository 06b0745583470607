import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ViewSettings } from "../../../src/tui/contract.ts";
import { messageLines, messageStart, restLines } from "../../../src/tui/views/markdown/message.ts";
import { paintAll } from "../../../src/tui/views/paint.ts";
import type { Line } from "../../../src/tui/views/spans.ts";
import { text } from "./support/logs.ts";

const view: ViewSettings = { columns: 60, verbosity: "normal", colours: "none", plain: false };
const dark: ViewSettings = { ...view, colours: "dark" };

const rowsOf = (source: string, settings: ViewSettings = view): string[] =>
  paintAll(messageLines(source, messageStart, true, settings.columns - 1, settings).lines, settings);

test("Markdown as rows", () => {
  const cases: readonly (readonly [given: string, shown: readonly string[]])[] = [
    ["one\ntwo **three** *four* `five`", ["one two three four `five`"]],
    ["# Title\ntext", ["# Title", "", "text"]],
    ["Title\n-----\ntext", ["## Title", "", "text"]],
    ["a\n\n\n\nb", ["a", "", "b"]],
    ["text:\n- one\n- two\n  - three\n\n  more\n- four", ["text:", "• one", "• two", "  • three", "  more", "• four"]],
    ["3. three\n4. four\n\n5. five", ["3. three", "4. four", "", "5. five"]],
    ["- [x] done\n- [ ] open", ["☑ done", "☐ open"]],
    ["> quoted\n> more\n\nafter", ["│ quoted more", "", "after"]],
    ["a\n***\nb", ["a", "────────────────────────────────────────", "b"]],
    [
      "```js\nlet a;\n\n  b();\n```\nafter",
      ["  let a;", "", "    b();", "", "after"].map((row) => (row === "" ? "" : row)),
    ],
    ["|a|b|\n|-|-:|\n|x|1|\n|long cell|22|", ["a         │  b", "──────────┼───", "x         │  1", "long cell │ 22"]],
    ["see [docs](https://a.b/c) or https://a.b/c", ["see docs (https://a.b/c) or https://a.b/c"]],
    ["[click](javascript:alert)", ["click (javascript:alert)"]],
    ["![a cat](cat.png)", ["picture: a cat (cat.png)"]],
    ["a  \nb", ["a", "b"]],
    ["&lt;a&gt; &amp; <b>x</b>", ["<a> & <b>x</b>"]],
  ];
  for (const [given, shown] of cases) {
    const rows = rowsOf(given).map((row) => row.trimEnd());
    assert.deepEqual(rows, shown, given);
  }
});

test("a link is one only with an address that is safe, and the address is always read", () => {
  assert.deepEqual(rowsOf("[docs](https://a.b/c)", dark), [
    "docs\u001b[2m (\u001b[0m\u001b]8;;https://a.b/c\u001b\\\u001b[4;34mhttps://a.b/c\u001b[0m\u001b]8;;\u001b\\\u001b[2m)\u001b[0m",
  ]);
  for (const address of ["file:///etc/passwd", "javascript:x", "https://exämple.com/"])
    assert.ok(!rowsOf(`[docs](${address})`, dark).join("").includes("\u001b]8;"), address);
  assert.ok(
    !rowsOf("[docs](https://a.b/c)", { ...dark, plain: true })
      .join("")
      .includes("\u001b]8;"),
  );
});

test("code has colours, and a comment over lines goes on", () => {
  assert.deepEqual(rowsOf("```ts\nconst a = 'x'; // y\n/* b\nc */ 1\n```", dark), [
    "  \u001b[35mconst\u001b[0m a = \u001b[32m'x'\u001b[0m; \u001b[2;3m// y\u001b[0m",
    "  \u001b[2;3m/* b\u001b[0m",
    "  \u001b[2;3mc */\u001b[0m \u001b[33m1\u001b[0m",
  ]);
  assert.deepEqual(rowsOf("```klingon\nif x\n```", dark), ["  if x"]);
});

test("a table that is too wide gets narrower columns, and becomes records where even that does not fit", () => {
  const table = "|name|what it says|\n|-|-|\n|a|a rather long text of many words that goes on and on and on|\n";
  assert.ok(rowsOf(table).every((row) => row.length < 60));
  assert.equal(
    rowsOf(table)[0],
    "name │ what it says                                        ".slice(0, rowsOf(table)[0]?.length),
  );
  const many = `|${"a|".repeat(12)}\n|${"-|".repeat(12)}\n|${"1|".repeat(12)}\n`;
  const narrow = { ...view, columns: 30 };
  assert.deepEqual(rowsOf(many, narrow).slice(0, 2), ["a: 1", "a: 1"]);
  assert.deepEqual(rowsOf("|a|b|\n|-|-|\n|1|2|", { ...view, plain: true }), ["a: 1", "b: 2"]);
});

/** The lines of a message that comes character by character. */
const inPieces = (source: string): Line[] => {
  let place = messageStart;
  const lines: Line[] = [];
  for (let length = 1; length <= source.length; length += 1) {
    const read = messageLines(source.slice(0, length), place, false, 40, view);
    if (read.lines.length === 0) continue;
    lines.push(...read.lines);
    place = read.place;
  }
  return [...lines, ...messageLines(source, place, true, 40, view).lines];
};

const atOnce = (source: string): Line[] => messageLines(source, messageStart, true, 40, view).lines;

test("character by character, what has ended is the same as all at once", () => {
  for (const source of ["```js\r\na\r\nb\r\n```\r\nc", "a\r\rb\r\n\r\nc", "- a\n\n  ```\n  b\n\n  c\n  ```\n- d"])
    assert.deepEqual(inPieces(source), atOnce(source), source);
  fc.assert(
    fc.property(text, (source) => assert.deepEqual(inPieces(source), atOnce(source))),
    { numRuns: 500 },
  );
});

test("what is half there does not show its marks", () => {
  const cases: readonly (readonly [given: string, shown: readonly string[]])[] = [
    ["some **bol", ["some bol"]],
    ["some *emph", ["some emph"]],
    ["2 * 3", ["2 * 3"]],
    ["some **", ["some"]],
    ["some `cod", ["some `cod`"]],
    ["see [the docs](https://a.b", ["see"]],
    ["text\n#", ["text"]],
    ["text\n\n-", ["text"]],
    ["| a | b |", []],
    ["| a | b |\n|--", []],
    ["| a | b |\n|---|---|\n| 1 |", ["a │ b", "──┼──"]],
    ["text\n``", ["text"]],
    ["```ts\nconst", ["  const"]],
  ];
  for (const [given, shown] of cases) {
    const rows = paintAll(restLines(given, messageStart, 59, view), view).map((row) => row.trimEnd());
    assert.deepEqual(rows, shown, given);
  }
});

test("text that is made to be hard to read is shown as it was written", () => {
  const cases = [
    `${"*a ".repeat(3000)}${"b* ".repeat(3000)}`,
    `${"~~a ".repeat(3000)}${"b~~ ".repeat(3000)}`,
    `${"*a **b ".repeat(3000)}${"c*** ".repeat(3000)}`,
    `${"- + ".repeat(2000)}x`,
    `${"> ".repeat(2000)}x`,
    `${"> - 1. ".repeat(900)}x`,
    `${"[".repeat(5000)}x`,
    Array.from({ length: 300 }, (_, depth) => `${"  ".repeat(depth)}- x`).join("\n"),
    `${"_".repeat(5000)}a`,
  ];
  for (const given of cases) {
    const letters = (text: string): string => text.replace(/[^a-z]/g, "");
    assert.equal(letters(rowsOf(given).join("")), letters(given), given.slice(0, 20));
  }
});

test("very long messages", () => {
  assert.equal(rowsOf(`\`\`\`\n${"a\n".repeat(300_000)}`).length, 300_000);
  assert.equal(rowsOf(`|a|b|\n|-|-|\n${"|1|2|\n".repeat(20_000)}`).length, 20_002);
  assert.equal(rowsOf("- a\n".repeat(20_000)).length, 20_000);
});
