import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ViewSettings } from "../../../src/tui/contract.ts";
import { contextLines } from "../../../src/tui/views/context.ts";
import { rewindRows, sessionRows } from "../../../src/tui/views/lists.ts";
import { paintAll } from "../../../src/tui/views/paint.ts";
import { questionRows } from "../../../src/tui/views/question.ts";
import { atEnd, readingFromStart, readingRows, scrolled, toggled } from "../../../src/tui/views/reading.ts";
import { replayed, resumeRows } from "../../../src/tui/views/replay.ts";
import { diffSections, transcriptSections } from "../../../src/tui/views/sections.ts";
import { question } from "./support/items.ts";
import { text, threads } from "./support/logs.ts";
import { brokenRows, harmful } from "./support/rows.ts";

/* Screens besides the running one, made of texts that would paint over them. */

const settings: fc.Arbitrary<ViewSettings> = fc.record({
  columns: fc.integer({ min: 24, max: 100 }),
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

test("diffs, lists, questions and what fills the window", async () => {
  await fc.assert(
    fc.asyncProperty(text, text, settings, async (one, two, view) => {
      const diff = `diff --git a/${one}\n--- a/${one}\n+++ b/${two}\n@@ -1 +1 @@ ${two}\n-${one}\n+${two}\n`;
      const session = { title: one, cwd: two, updatedAt: 0, turns: 1, model: two, state: "completed" };
      const turn = {
        number: 1,
        entry: 0,
        prompt: one,
        changes: [{ path: two, kind: "add" as const }],
        state: "completed" as const,
      };
      const part = { name: one, tokens: 5, share: 0.1 };
      const waiting = { ...question, why: one, reason: two, proposal: one };
      await check(
        [
          ...readingRows(diffSections(one, diff, view), readingFromStart, view, 12),
          ...sessionRows({ sessions: [session], selected: 0, query: one, preview: two, now: 1 }, view, 12),
          ...rewindRows({ turns: [turn], selected: 0, scope: "both" }, view, 12),
          ...paintAll(contextLines({ model: two, window: 50, tokens: 5, parts: [part], notices: [one] }, view), view),
          ...questionRows({ ...waiting, subject: { kind: "patch", paths: [one], diff: two } }, view, 30),
          ...questionRows({ ...waiting, subject: { kind: "command", command: one, cwd: two, run: "host" } }, view, 30),
          ...questionRows(
            { ...waiting, subject: { kind: "elicitation", server: one, asks: two, fields: [one] } },
            view,
            30,
          ),
        ],
        view,
      );
    }),
    { numRuns: 80 },
  );
});
