import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rowsOfLine } from "../../../src/tui/input/break-lines.ts";

/* A long line gives the same rows however it came to be what it is. */

const characters = [
  "長",
  "い",
  "é",
  "e\u0301",
  "👩‍👩‍👧‍👦",
  "🇩🇪",
  "🇩",
  "क्षि",
  " ",
  " ",
  "a",
  "word",
  "\u200d",
  "\ud83d\udc4d🏽",
  "\udc00",
];
const text = fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 60 }).map((parts) => parts.join(""));
const longText = fc.tuple(text, fc.integer({ min: 100, max: 400 })).map(([part, times]) => `長${part.repeat(times)}`);

const looksOf = (label: string) => (character: string) => (character === "\udc00" ? label : null);

test("a line that is changed piece by piece has the rows of one that is new", () =>
  fc.assert(
    fc.property(
      longText,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 300 }), fc.oneof(text, fc.constant(""))), { maxLength: 6 }),
      fc.integer({ min: 1, max: 90 }),
      (first, changes, cells) => {
        const looks = looksOf("[paste #1 +12 lines]");
        let line = first;
        rowsOfLine(line, { cells, looks });
        for (const [at, taken, put] of changes) {
          const from = at % (line.length + 1);
          line = line.slice(0, from) + put + line.slice(from + taken);
          const fresh = rowsOfLine(line, { cells, looks: looksOf("[paste #1 +12 lines]") });
          assert.deepEqual(rowsOfLine(line, { cells, looks }), fresh);
          assert.equal(fresh[0]?.from, 0);
          assert.equal(fresh.at(-1)?.to, line.length);
          for (const [index, row] of fresh.entries()) assert.equal(row.from, fresh[index - 1]?.to ?? 0);
        }
      },
    ),
    { numRuns: 60 },
  ));

test("one character that is longer than a piece stands in one row", () => {
  const line = `長${"e\u0301".repeat(300)}a${"\u0301".repeat(9000)}${"い".repeat(300)}`;
  const rows = rowsOfLine(line, { cells: 40, looks: () => null });
  assert.equal(rows.at(-1)?.to, line.length);
  const from = line.indexOf("a\u0301");
  assert.ok(rows.some((row) => row.from <= from && row.to >= from + 9001));
});
