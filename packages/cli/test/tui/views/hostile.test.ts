import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ViewSettings } from "../../../src/tui/contract.ts";
import { choiceRows } from "../../../src/tui/views/choice-list.ts";
import { atEnd, readingFromStart, readingRows, scrolled, toggled } from "../../../src/tui/views/reading.ts";
import { replayed, resumeRows } from "../../../src/tui/views/replay.ts";
import { diffSections, transcriptSections } from "../../../src/tui/views/sections.ts";
import { text, threads } from "./support/logs.ts";
import { brokenRows, harmful } from "./support/rows.ts";

/* Screens besides the running one, made of texts that would paint over them. */

const settings: fc.Arbitrary<ViewSettings> = fc.record({
  columns: fc.integer({ min: 1, max: 100 }),
  verbosity: fc.constantFrom("brief", "normal", "full"),
  colours: fc.constantFrom("none", "light", "dark"),
  plain: fc.boolean(),
});

const check = async (rows: readonly string[], { columns }: ViewSettings): Promise<void> => {
  for (const row of rows) assert.ok(!harmful(row), JSON.stringify(row));
  assert.deepEqual(await brokenRows(rows, columns), []);
};

test("the transcript read whole, unfolded or not, and a thread taken up again", async () => {
  await fc.assert(
    fc.asyncProperty(threads(false), settings, fc.nat(60), async ({ log }, view, by) => {
      const { state } = replayed(log);
      const sections = transcriptSections(state, view);
      const moved = toggled(scrolled(sections, readingFromStart, 20, by));
      const rows = [moved, { ...atEnd(sections, readingFromStart, 20), search: "a" }].flatMap((reading) =>
        readingRows(sections, reading, view, 20),
      );
      await check([...rows, ...resumeRows(state, view, 1).rows], view);
    }),
    { numRuns: 60 },
  );
});

test("diffs, lists and what fills the window", async () => {
  await fc.assert(
    fc.asyncProperty(text, text, settings, async (one, two, view) => {
      const diff = `diff --git a/${one}\n--- a/${one}\n+++ b/${two}\n@@ -1 +1 @@ ${two}\n-${one}\n+${two}\n`;
      const list = {
        title: two,
        query: one,
        choices: [{ label: one, detail: two }],
        selected: 0,
        empty: two,
        keys: "",
      };
      await check(
        [
          ...readingRows(diffSections(one, diff, view), readingFromStart, view, 12),
          ...choiceRows({ ...list, preview: [] }, view, 12),
        ],
        view,
      );
    }),
    { numRuns: 80 },
  );
});
