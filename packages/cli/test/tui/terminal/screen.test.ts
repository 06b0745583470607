import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Row } from "../../../src/tui/contract.ts";
import { createScreen } from "../../../src/tui/terminal/screen.ts";
import { createEmulator } from "./emulator.ts";

/** As xterm.js does it, whose own kind the emulator is. */
const reflow = () => ({ rows: true, cursorRow: false, below: true });

const open = (columns: number, rows: number) => {
  const emulator = createEmulator(columns, rows);
  const screen = createScreen({ write: emulator.write, size: emulator.size }, reflow);
  return { emulator, screen };
};

const withoutColours = (row: string): string => row.replace(/\u001b\[[\d;]*m/g, "");

const trimmed = (rows: readonly string[]): string[] => {
  const lines = rows.map((row) => withoutColours(row).trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return lines;
};

/** What is to be seen of live rows on a screen of this height. */
const fitted = (rows: readonly Row[], height: number): Row[] =>
  rows.length <= height ? [...rows] : [`… ${rows.length - height + 1} rows above`, ...rows.slice(1 - height)];

// Rows that begin alike, differ in colour alone, hold wide characters or marks, or fill the terminal.
const row = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "ab",
    "abc",
    "abd",
    "e",
    "e\u0301",
    "\u001b[31mred\u001b[0m",
    "\u001b[31mredder\u001b[0m",
    "宽",
    "ab宽",
    "👍 x",
  ),
  fc.string({ unit: fc.constantFrom("x", "y", " "), maxLength: 20 }),
  fc.constant("0123456789012345678901234567"),
);
const rowsOf = (maxLength: number) => fc.array(row, { maxLength });
const place = fc.record({ row: fc.nat({ max: 8 }), column: fc.nat({ max: 20 }) });
const step = fc.oneof(fc.record({ commit: rowsOf(14) }), fc.record({ draw: rowsOf(12), cursor: fc.option(place) }));

const onScreen = { numRuns: 300 };

describe("the inline screen", () => {
  test("any commits and draws leave exactly the settled rows and the live ones below them", () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { emulator, screen } = open(28, 6);
        const settled: Row[] = [];
        for (const one of steps) {
          if ("commit" in one) {
            screen.commit(one.commit);
            settled.push(...one.commit);
            continue;
          }
          screen.draw(one.draw, one.cursor);
          await emulator.settled();
          const shown = fitted(one.draw, 6);
          assert.deepEqual(emulator.all(), trimmed([...settled, ...shown]));
          if (one.cursor === null) continue;
          const above = Math.max(0, one.draw.length - 6);
          const inShown = Math.min(Math.max(0, one.cursor.row - above), Math.max(0, shown.length - 1));
          assert.deepEqual(emulator.cursor(), { row: settled.length + inShown, column: one.cursor.column });
        }
      }),
      onScreen,
    ));

  test("after any resize the live rows stand once, below all that was settled", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom("x", "y"), minLength: 1, maxLength: 30 }), { maxLength: 9 }),
        fc.array(fc.string({ unit: fc.constantFrom("l", "m"), minLength: 1, maxLength: 30 }), {
          minLength: 1,
          maxLength: 3,
        }),
        // Not every size is drawn for.
        fc.array(fc.tuple(fc.integer({ min: 12, max: 40 }), fc.integer({ min: 12, max: 16 }), fc.boolean()), {
          maxLength: 8,
        }),
        place,
        async (settled, live, sizes, cursor) => {
          const { emulator, screen } = open(32, 12);
          screen.commit(settled);
          screen.draw(live, cursor);
          for (const [index, [columns, rows, drawn]] of sizes.entries()) {
            await emulator.settled();
            emulator.resize(columns, rows);
            if (!drawn && index < sizes.length - 1) continue;
            // What is drawn afterwards was made for the new width.
            screen.draw(
              live.map((text) => text.slice(0, columns)),
              cursor,
            );
          }
          await emulator.settled();
          const { columns } = emulator.size();
          const all = emulator.all().join("");
          assert.equal(all, settled.join("") + live.map((text) => text.slice(0, columns)).join(""));
        },
      ),
      onScreen,
    ));

  test("a row that grows at its end costs what was added", async () => {
    const { emulator, screen } = open(80, 24);
    screen.draw(["a long row of words that stays as it is", "> input"], { row: 1, column: 7 });
    const before = emulator.written();
    screen.draw(["a long row of words that stays as it is, and", "> input"], { row: 1, column: 7 });
    await emulator.settled();
    assert.deepEqual(emulator.all(), ["a long row of words that stays as it is, and", "> input"]);
    assert.ok(emulator.written() - before < 70, `${emulator.written() - before} bytes`);
    const same = emulator.written();
    screen.draw(["a long row of words that stays as it is, and", "> input"], { row: 1, column: 7 });
    assert.equal(emulator.written(), same);
  });

  test("nothing ever clears the screen or the scrollback", async () => {
    const written: string[] = [];
    const screen = createScreen(
      { write: (bytes) => written.push(bytes), size: () => ({ columns: 20, rows: 5 }) },
      reflow,
    );
    screen.commit(Array.from({ length: 50 }, (_, index) => `row ${index}`));
    screen.draw(["a", "b"], null);
    screen.draw([], null);
    screen.close();
    assert.doesNotMatch(written.join(""), /\u001b\[[23]J/);
  });

  test("the whole screen comes and goes, and what was there is there again", async () => {
    const { emulator, screen } = open(20, 5);
    screen.commit(["one", "two"]);
    screen.draw(["live"], { row: 0, column: 2 });
    screen.full(["page 1", "", "end"]);
    await emulator.settled();
    assert.deepEqual(emulator.all(), ["page 1", "", "end"]);
    screen.full(["page 2", "x"]);
    screen.commit(["three"]);
    screen.draw(["livelier"], { row: 0, column: 8 });
    await emulator.settled();
    assert.deepEqual(emulator.all(), ["page 2", "x"]);
    screen.full(null);
    await emulator.settled();
    assert.deepEqual(emulator.all(), ["one", "two", "three", "livelier"]);
    screen.close();
    await emulator.settled();
    assert.equal(emulator.cursor().row, 4);
  });
});
