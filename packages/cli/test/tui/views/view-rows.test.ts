import assert from "node:assert/strict";
import { test } from "node:test";
import { createTranscript, noUsage, type ThreadEvent } from "@fettle/protocol";
import fc from "fast-check";
import type { ViewSettings } from "../../../src/tui/contract.ts";
import { nothingWritten, viewRows } from "../../../src/tui/views/view-rows.ts";
import { threads } from "./support/logs.ts";
import { brokenRows, harmful } from "./support/rows.ts";

const settings: fc.Arbitrary<ViewSettings> = fc.record({
  columns: fc.integer({ min: 1, max: 120 }),
  verbosity: fc.constantFrom("brief", "normal", "full"),
  colours: fc.constantFrom("none", "light", "dark"),
  plain: fc.boolean(),
});

/** All settled rows of events that a screen looked at after so many of them each time; `seen` is told the live ones. */
const settledRows = (
  events: readonly ThreadEvent[],
  view: ViewSettings,
  looks: readonly number[],
  seen: (rows: readonly string[]) => void = () => {},
): string[] => {
  const fold = createTranscript();
  const rows: string[] = [];
  let place = nothingWritten;
  const look = (): void => {
    const shown = viewRows(fold.state, view, place);
    rows.push(...shown.settled);
    place = shown.place;
    seen(shown.live);
  };
  const at = new Set(looks.map((one) => one % (events.length + 1)));
  for (const [index, event] of events.entries()) {
    fold.add(event);
    if (at.has(index)) look();
  }
  look();
  return rows;
};

const looks = fc.array(fc.nat(500), { maxLength: 40 });

test("looked at live at any moments, a log settles to the same rows as replayed at once", () => {
  fc.assert(
    fc.property(threads(false), settings, looks, ({ log, live }, view, at) => {
      assert.deepEqual(settledRows(live, view, at), settledRows(log, view, []));
    }),
    { numRuns: 300 },
  );
});

const plain: ViewSettings = { columns: 80, verbosity: "normal", colours: "none", plain: false };
const usage = noUsage();
const delta = (text: string): ThreadEvent => ({ type: "item.delta", item_id: "m", delta: text });
const said = (id: string, text: string): ThreadEvent => ({
  type: "item.completed",
  item: { id, type: "agent_message", text },
});
const begun: ThreadEvent = { type: "turn.started", turn: 1 };
const answered: ThreadEvent = { type: "model.completed", model: "m", output: [], usage };
const done: ThreadEvent = { type: "turn.completed", usage };
const everywhere = Array.from({ length: 20 }, (_, at) => at);

test("an answer of several messages comes as one stream, and each of them is written once", () => {
  const events = [
    begun,
    delta("a\n\nb\n"),
    delta("\nc\n\nd\n\n"),
    delta("e"),
    answered,
    said("m", "a\n\nb\n\n"),
    said("n", "c\n\nd\n\ne"),
    done,
  ];
  assert.deepEqual(settledRows(events, plain, everywhere), ["a", "", "b", "", "c", "", "d", "", "e"]);
});

test("an answer that broke off is told apart from the one that counts", () => {
  const fault: ThreadEvent = { type: "item.completed", item: { id: "e", type: "error", message: "trying again" } };
  const broke = "■ the answer above broke off and does not count";
  const again = [begun, delta("half\n\nan ans"), fault, delta("whole"), answered, said("m", "whole"), done];
  assert.deepEqual(settledRows(again, plain, everywhere), ["half", broke, "", "! trying again", "", "whole"]);
  assert.deepEqual(settledRows(again, plain, []), ["! trying again", "", "whole"]);
  const stopped: ThreadEvent = { type: "turn.failed", error: { message: "interrupted", code: "interrupted" } };
  assert.deepEqual(settledRows([begun, delta("half\n\nan ans"), stopped], plain, everywhere), [
    "half",
    broke,
    "",
    "■ interrupted",
  ]);
  const other = [begun, delta("half\n\nan ans"), answered, said("m", "another"), done];
  assert.deepEqual(settledRows(other, plain, everywhere), ["half", broke, "", "another"]);
});

test("what a broken stream had said is all that a live screen has besides", () => {
  fc.assert(
    fc.property(threads(true), settings, looks, ({ log, live }, view, at) => {
      const rows = settledRows(live, view, at);
      let next = 0;
      for (const row of settledRows(log, view, [])) {
        const found = rows.indexOf(row, next);
        assert.ok(found >= 0, `${JSON.stringify(row)} is missing`);
        next = found + 1;
      }
    }),
    { numRuns: 200 },
  );
});

test("no row, settled or live, has a control character that is not ours", () => {
  fc.assert(
    fc.property(threads(true), settings, looks, ({ live }, view, at) => {
      const check = (rows: readonly string[]): void => {
        for (const row of rows) assert.ok(!harmful(row), JSON.stringify(row));
      };
      check(settledRows(live, view, at, check));
    }),
    { numRuns: 200 },
  );
});

test("no row is wider than a terminal emulator finds room for", async () => {
  await fc.assert(
    fc.asyncProperty(threads(true), settings, async ({ live }, view) => {
      const all = new Set<string>();
      const note = (rows: readonly string[]): void => rows.forEach((row) => void all.add(row));
      note(settledRows(live, view, [3, 7, 12, 20], note));
      assert.deepEqual(await brokenRows([...all], view.columns), []);
    }),
    { numRuns: 60 },
  );
});
