import assert from "node:assert/strict";
import { test } from "node:test";
import { noUsage, type ThreadEvent, type Transcript } from "@fettle/protocol";
import fc from "fast-check";
import type { ViewSettings } from "../../../src/tui/contract.ts";
import { choiceRows } from "../../../src/tui/views/choice-list.ts";
import { helpLines } from "../../../src/tui/views/help.ts";
import { paintAll } from "../../../src/tui/views/paint.ts";
import {
  atEnd,
  type Reading,
  readingFromStart,
  readingRows,
  type Sections,
  scrolled,
  searched,
  stepped,
  toggled,
} from "../../../src/tui/views/reading.ts";
import { replayed, resumeRows } from "../../../src/tui/views/replay.ts";
import { diffSections, transcriptSections } from "../../../src/tui/views/sections.ts";
import { lineOf } from "../../../src/tui/views/spans.ts";
import { viewRows } from "../../../src/tui/views/view-rows.ts";
import { patch } from "./support/items.ts";

const settings: ViewSettings = { columns: 60, verbosity: "normal", colours: "none", plain: false };
const trimmed = (rows: readonly string[]): string[] => rows.map((row) => row.trimEnd());

const turn = (number: number): ThreadEvent[] => [
  { type: "turn.started", turn: number, model: "m" },
  {
    type: "item.completed",
    item: { id: `u${number}`, type: "user_message", text: `prompt ${number}`, source: "user" },
  },
  { type: "model.completed", model: "m", output: [], usage: noUsage() },
  { type: "item.completed", item: { id: `r${number}`, type: "reasoning", text: `thought ${number}` } },
  { type: "item.completed", item: { ...patch, id: `p${number}` } },
  { type: "item.completed", item: { id: `m${number}`, type: "agent_message", text: `answer ${number}` } },
  { type: "turn.completed", usage: noUsage() },
];
const turns = (count: number): ThreadEvent[] => Array.from({ length: count }, (_, at) => turn(at + 1)).flat();
const transcript = (...events: readonly ThreadEvent[]): Transcript => replayed(events).state;

test("a thread taken up again shows its last turns and says where the others are, and goes on from there", () => {
  const fold = replayed(turns(5));
  const brief: ViewSettings = { ...settings, verbosity: "brief" };
  const { rows, place } = resumeRows(fold.state, brief, 2);
  assert.deepEqual(trimmed(rows), [
    "… 3 earlier turns: Ctrl-T",
    "",
    ...[4, 5].flatMap((number) => [
      `› prompt ${number}`,
      "",
      "✓ M src/a.ts +2 −1",
      "",
      `answer ${number}`,
      "",
      "Changed 1 file: M src/a.ts",
      ...(number === 4 ? [""] : []),
    ]),
  ]);
  assert.deepEqual(viewRows(fold.state, brief, place).settled, []);
  fold.add({ type: "error", message: "more" });
  assert.deepEqual(viewRows(fold.state, brief, place).settled, ["", "✗ more"]);
  assert.deepEqual(resumeRows(replayed(turn(1)).state, brief, 2).rows[0], "› prompt 1");
});

test("turns that were taken back are not shown again", () => {
  const events: ThreadEvent[] = [...turns(3), { type: "thread.rewound", to_seq: 6, turn: 2 }, ...turn(2).slice(0, 2)];
  const rows = trimmed(resumeRows(transcript(...events), settings, 5).rows);
  assert.deepEqual(
    rows.filter((row) => row.startsWith("› ") || row.startsWith("· ")),
    ["› prompt 1", "· turn 2 and what came after it were taken back", "› prompt 2"],
  );
});

const plainSections = (sizes: readonly number[]): Sections => ({
  title: "Test",
  count: sizes.length,
  lines: (index, unfolded) =>
    Array.from({ length: (sizes[index] ?? 0) * (unfolded ? 2 : 1) }, (_, row) => lineOf(`${index}.${row}`)),
  text: (index) => `text ${index}`,
});

const bodyOf = (sections: Sections, reading: Reading, height: number): string[] =>
  trimmed(readingRows(sections, reading, settings, height))
    .slice(0, -1)
    .map((row) => row.slice(2));

test("a long text is scrolled by rows, to its end and back, and never beyond", () => {
  const sections = plainSections([2, 0, 3, 1, 0]);
  assert.deepEqual(bodyOf(sections, readingFromStart, 5), ["0.0", "0.1", "2.0", "2.1"]);
  const down = scrolled(sections, readingFromStart, 5, 1);
  assert.deepEqual(bodyOf(sections, down, 5), ["0.1", "2.0", "2.1", "2.2"]);
  assert.deepEqual(bodyOf(sections, scrolled(sections, down, 5, 100), 5), ["2.0", "2.1", "2.2", "3.0"]);
  assert.deepEqual(bodyOf(sections, atEnd(sections, readingFromStart, 5), 5), ["2.0", "2.1", "2.2", "3.0"]);
  assert.deepEqual(bodyOf(sections, scrolled(sections, down, 5, -100), 5), ["0.0", "0.1", "2.0", "2.1"]);
});

test("sections are stepped through and unfolded one by one", () => {
  const sections = plainSections([2, 0, 3]);
  const next = stepped(sections, readingFromStart, 1);
  assert.equal(next.cursor, 2);
  assert.equal(stepped(sections, next, 1).cursor, 2);
  assert.deepEqual(bodyOf(sections, toggled(next), 8), ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5", ""]);
  assert.deepEqual(bodyOf(sections, toggled(toggled(next)), 5), ["2.0", "2.1", "2.2", ""]);
});

test("the rows of a screen are as many as it has, wherever one scrolls", () => {
  const moves = fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(fc.nat(6), { maxLength: 12 }), moves, fc.integer({ min: 1, max: 12 }), (sizes, by, height) => {
      const sections = plainSections(sizes);
      let reading = readingFromStart;
      for (const one of by) {
        reading = scrolled(sections, one % 3 === 0 ? toggled(reading) : reading, height, one);
        assert.equal(readingRows(sections, reading, settings, height).length, height);
      }
      const all = sizes.flatMap((_, index) => sections.lines(index, reading.unfolded.has(index)));
      const shown = bodyOf(sections, atEnd(sections, reading, height), height + 1).filter((row) => row !== "");
      const last = all.at(-1)?.[0]?.text;
      if (last !== undefined) assert.ok(shown.includes(last), `${last} in ${shown.join(" ")}`);
    }),
  );
});

test("the transcript is searched in all it has, also what is not shown", () => {
  const sections = transcriptSections(transcript(...turns(3)), settings);
  const hit = searched(sections, readingFromStart, "THOUGHT 2", 1);
  assert.ok(hit.found);
  const rows = trimmed(readingRows(sections, hit.reading, settings, 4));
  assert.equal(rows[1], "▎   thought 2");
  const coloured = readingRows(sections, hit.reading, { ...settings, colours: "dark" }, 4).join("");
  assert.ok(coloured.includes("\u001b[7mthought 2\u001b[0m"), coloured);
  const none = searched(sections, hit.reading, "nowhere", 1);
  assert.deepEqual([none.found, none.reading.top], [false, hit.reading.top]);
  assert.equal(searched(sections, hit.reading, "answer", -1).reading.cursor, 3);
});

test("only what is near is laid out: a long thread opens as fast as a short one", () => {
  const entries = transcript(...turns(2000));
  let laidOut = 0;
  const inner = transcriptSections(entries, settings);
  const counting: Sections = {
    ...inner,
    lines(index, unfolded) {
      laidOut += 1;
      return inner.lines(index, unfolded);
    },
  };
  const reading = atEnd(counting, readingFromStart, 40);
  readingRows(counting, reading, settings, 40);
  assert.ok(laidOut < 200, `${laidOut} of ${inner.count}`);
});

test("a diff is read file by file", () => {
  const diff = `${patch.diff}${patch.diff?.replaceAll("a.ts", "b.ts").replace("const b", "let b")}`;
  const sections = diffSections("Turn 1", diff, settings);
  assert.deepEqual(trimmed(readingRows(sections, readingFromStart, settings, 20)).slice(0, 9), [
    "▎ M src/a.ts +2 −1",
    "▎   ⋯ const first = 1;",
    "▎    9   const a = 1;",
    "▎   10 - const b = 2;",
    "▎   10 + const b = 3;",
    "▎   11 + const c = 4;",
    "▎   12   const d = 5;",
    "",
    "  M src/b.ts +2 −1",
  ]);
  assert.equal(searched(sections, readingFromStart, "let b", 1).reading.cursor, 1);
});

test("names that git quotes, files that come and go, and what is no text", () => {
  const sections = diffSections(
    "Turn 1",
    [
      'diff --git "a/\\303\\244.txt" "b/\\303\\244.txt"',
      "new file mode 100644",
      "--- /dev/null",
      '+++ "b/\\303\\244.txt"',
      "@@ -0,0 +1 @@",
      "+--- a/fake",
      "\\ No newline at end of file",
      "diff --git a/old b/old",
      "deleted file mode 100644",
      "--- a/old",
      "+++ /dev/null",
      "@@ -1 +0,0 @@",
      "-x",
      "diff --git a/p.png b/p.png",
      "Binary files a/p.png and b/p.png differ",
      "",
    ].join("\n"),
    settings,
  );
  assert.deepEqual(
    trimmed(readingRows(sections, readingFromStart, settings, 10))
      .slice(0, 8)
      .map((row) => row.slice(2)),
    [
      "A ä.txt +1 −0",
      "  1 + --- a/fake",
      "",
      "D old +0 −1",
      "  1 - x",
      "",
      "M p.png +0 −0",
      "  Binary files a/p.png and b/p.png differ",
    ],
  );
});

test("a list shows the selected choice in the middle, and what is known of it below", () => {
  const choices = Array.from({ length: 30 }, (_, at) => ({
    label: at === 0 ? "a\u001b[2J" : `thread ${at}`,
    detail: `${at} turns`,
  }));
  const preview = [lineOf("  said"), lineOf("  last")];
  const list = { title: "Resume", query: "thr", choices, selected: 20, empty: "none", keys: "Enter takes it", preview };
  assert.deepEqual(trimmed(choiceRows(list, settings, 11)), [
    "Resume  › thr",
    ...[17, 18, 19].map((at) => `  thread ${at}  ${at} turns`),
    "❯ thread 20  20 turns",
    ...[21, 22].map((at) => `  thread ${at}  ${at} turns`),
    "",
    "  said",
    "  last",
    "Enter takes it",
  ]);
  const first = choiceRows({ ...list, selected: 0 }, { ...settings, plain: true }, 11);
  assert.ok(first[1]?.startsWith("selected: a␛[2J"), first[1]);
  assert.deepEqual(trimmed(choiceRows({ ...list, choices: [] }, settings, 11))[1], "  none");
});

test("keys and commands in columns", () => {
  const help = helpLines(
    [
      {
        title: "Keys",
        rows: [
          { name: "Esc Esc", does: "rewind" },
          { name: "Tab", does: "x ".repeat(40) },
        ],
      },
    ],
    settings,
  );
  assert.deepEqual(trimmed(paintAll(help, settings)).slice(0, 3), [
    "Keys",
    "  Esc Esc  rewind",
    `  Tab      ${"x ".repeat(24).trim()}`,
  ]);
});
