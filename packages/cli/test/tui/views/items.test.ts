import assert from "node:assert/strict";
import { test } from "node:test";
import { type CheckEvidence, type Entry, noUsage, type ThreadItem } from "@fettle/protocol";
import type { ViewSettings } from "../../../src/tui/contract.ts";
import type { Depth } from "../../../src/tui/views/depth.ts";
import { entryLines, openLines } from "../../../src/tui/views/entry.ts";
import { paintAll } from "../../../src/tui/views/paint.ts";
import { agent, command, hook, mcp, patch, plan, question } from "./support/items.ts";

const settings: ViewSettings = { columns: 61, verbosity: "normal", colours: "none", plain: false };

const rowsOf = (entry: Entry, depth: Depth, given: ViewSettings = settings): string[] =>
  paintAll(entryLines(entry, { ...given, depth }), given).map((row) => row.trimEnd());

const itemRows = (item: ThreadItem, depth: Depth, given: ViewSettings = settings): string[] =>
  rowsOf({ kind: "item", turn: 1, item }, depth, given);

type Case = readonly [name: string, item: ThreadItem, rows: Readonly<Partial<Record<Depth, readonly string[]>>>];

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `    line ${from + at}`);

const failed = { ...command, exit_code: 1, status: "failed" as const };
const told = "Not run: bubblewrap cannot make a sandbox here because of this and that";
const { exit_code: _, ...ended } = command;
const patchRows = [
  "  ⋯ const first = 1;",
  "   9   const a = 1;",
  "  10 - const b = 2;",
  "  10 + const b = 3;",
  "  11 + const c = 4;",
  "  12   const d = 5;",
];
const both = { ...patch, diff: `${patch.diff}${patch.diff?.replaceAll("a.ts", "b.ts")}` };

const cases: readonly Case[] = [
  [
    "a command that passed is a line",
    command,
    {
      brief: ["✓ $ npm test -- packages/cli — exit 0 · 3.2 s"],
      normal: ["✓ $ npm test -- packages/cli — exit 0 · 3.2 s"],
      full: ["✓ $ npm test -- packages/cli — exit 0 · 3.2 s", ...lines(1, 12)],
    },
  ],
  [
    "one that failed shows its end",
    failed,
    {
      brief: ["✗ $ npm test -- packages/cli — exit 1 · 3.2 s", "    … 9 more lines", ...lines(10, 12)],
      normal: ["✗ $ npm test -- packages/cli — exit 1 · 3.2 s", "    … 4 more lines", ...lines(5, 12)],
    },
  ],
  [
    "one that did not run says why",
    { ...ended, status: "failed", aggregated_output: "", error: told },
    {
      normal: [
        "✗ $ npm test -- packages/cli — did not run · 3.2 s",
        "    Not run: bubblewrap cannot make a sandbox here because",
        "    of this and that",
      ],
    },
  ],
  [
    "one that a signal ended",
    { ...ended, status: "failed", aggregated_output: "", signal: "SIGKILL" },
    { normal: ["✗ $ npm test -- packages/cli — ended by SIGKILL · 3.2 s"] },
  ],
  [
    "a script of several lines is one line, and whole when it is unfolded",
    { ...command, command: "cd a\nmake", aggregated_output: "" },
    {
      normal: ["✓ $ cd a ⏎ make — exit 0 · 3.2 s"],
      full: ["✓ $ cd a ⏎ make — exit 0 · 3.2 s", "  │ cd a", "  │ make"],
    },
  ],
  [
    "output keeps no control sequence, and bytes that are no text stay visible",
    { ...failed, aggregated_output: "\u001b[31mred\u001b[0m \u001b[2Jgone\ufffd\tx\n" },
    { normal: ["✗ $ npm test -- packages/cli — exit 1 · 3.2 s", "    red ␛[2Jgone\ufffd    x"] },
  ],
  ["a patch", patch, { brief: ["✓ M src/a.ts +2 −1"], normal: ["✓ M src/a.ts +2 −1", ...patchRows] }],
  [
    "a patch of two files",
    both,
    {
      brief: ["✓ changed 2 files +4 −2", "  M src/a.ts +2 −1", "  M src/b.ts +2 −1"],
      normal: ["✓ changed 2 files +4 −2", "  M src/a.ts +2 −1", ...patchRows, "  M src/b.ts +2 −1", ...patchRows],
    },
  ],
  [
    "a patch that was refused",
    { id: "i", type: "file_change", changes: [], status: "failed", error: "context does not match\nin a.ts" },
    {
      brief: ["✗ patch refused: context does not match"],
      normal: ["✗ patch refused: context does not match", "    in a.ts"],
    },
  ],
  ["an answer for the thread", question, { brief: ["✓ allowed for this thread: $ git push"] }],
  [
    "an answer for once",
    { ...question, answer: { choice: "once", by: "reviewer" } },
    { brief: [], normal: ["✓ allowed once, by the reviewing model: $ git push"] },
  ],
  [
    "a no",
    { ...question, answer: { choice: "no", by: "person", message: "not now" } },
    { brief: ["✗ refused: $ git push — you said no: not now"] },
  ],
  [
    "a question without an answer",
    { ...question, answer: undefined } as ThreadItem,
    { normal: ["■ not answered: $ git push"] },
  ],
  [
    "a call of a server's tool",
    mcp,
    { normal: [`✓ hub list {"page":1} — 120 ms`], full: [`✓ hub list {"page":1} — 120 ms`, "    one", "    two"] },
  ],
  [
    "one that failed",
    { ...mcp, status: "failed", error: { message: "gone" } },
    { normal: [`✗ hub list {"page":1} — 120 ms`, "    gone"] },
  ],
  [
    "a page of the web",
    {
      id: "i",
      type: "web_fetch",
      address: "http://a.example",
      final_address: "https://a.example/",
      title: "A\u001b[2J page",
      text: "words",
      status: "completed",
      duration_ms: 200,
    },
    {
      normal: ["✓ web https://a.example/ A␛[2J page — 200 ms"],
      full: ["✓ web https://a.example/ A␛[2J page — 200 ms", "    words"],
    },
  ],
  [
    "a step in the browser, with its picture",
    {
      id: "i",
      type: "browser",
      action: "click",
      target: "Save",
      address: "http://localhost:3000/",
      screenshot: "/o/1.png",
      status: "completed",
    },
    { normal: ["✓ browser click Save at http://localhost:3000/", "    picture: /o/1.png"] },
  ],
  [
    "a helper",
    agent,
    {
      normal: ["✓ agent scout (explorer): It is in **src/parse.ts**."],
      full: ["✓ agent scout (explorer): find the parser — thread 01a", "    It is in src/parse.ts. More words."],
    },
  ],
  [
    "a helper whose work could not be taken over",
    { ...agent, conflicts: ["a.ts"] },
    {
      normal: [
        "✓ agent scout (explorer): It is in **src/parse.ts**.",
        "  ! both sides changed a.ts: nothing of its work was taken",
        "  over",
      ],
    },
  ],
  ["a hook that lets things be", hook, { normal: [], whole: ["· hook PreToolUse guard.sh"] }],
  [
    "a hook that says no",
    { ...hook, decision: "deny", reason: "because" },
    { normal: ["· hook PreToolUse guard.sh says deny: because"] },
  ],
  [
    "a hook that failed",
    { ...hook, status: "failed", error: "no answer" },
    { brief: ["! hook PreToolUse guard.sh: no answer"] },
  ],
  [
    "a tool",
    { id: "i", type: "tool_call", tool: "view_image", arguments: "a.png", status: "completed" },
    { normal: ["✓ view_image a.png"] },
  ],
  [
    "a plan that was not finished",
    plan,
    { brief: ["Plan: 1 of 3 steps done"], normal: ["Plan: 1 of 3 steps done", "  ☑ read", "  ▸ write", "  ☐ test"] },
  ],
  ["a notice", { id: "i", type: "error", message: "a\nb" }, { normal: ["! a", "  b"] }],
  ["thinking", { id: "i", type: "reasoning", text: "so\nthen" }, { normal: [], full: ["  so", "  then"] }],
  [
    "a person's words",
    { id: "i", type: "user_message", text: "do\nthis", source: "user", images: ["/a/b.png"] },
    { normal: ["› do", "  this", "  picture: /a/b.png"] },
  ],
  [
    "the harness's words",
    { id: "i", type: "user_message", text: "files moved", source: "harness" },
    { normal: [], full: ["› files moved"] },
  ],
];

for (const [name, item, rows] of cases)
  test(name, () => {
    for (const [depth, expected] of Object.entries(rows))
      assert.deepEqual(itemRows(item, depth as Depth), expected, depth);
  });

test("a long paste is folded", () => {
  const text = Array.from({ length: 100 }, (_, at) => `row ${at}`).join("\n");
  const rows = itemRows({ id: "i", type: "user_message", text, source: "user" }, "normal");
  assert.deepEqual([rows.length, rows.at(-1)], [25, "  … 76 more rows"]);
});

test("for a screen reader there are words and no marks", () => {
  const plain = { ...settings, columns: 80, plain: true };
  assert.deepEqual(itemRows(command, "normal", plain), ["done: command npm test -- packages/cli — exit 0 · 3.2 s"]);
  assert.deepEqual(itemRows(patch, "normal", plain).slice(0, 4), [
    "done: changed src/a.ts, 2 lines added, 1 removed",
    "  ⋯ const first = 1;",
    "   9 same: const a = 1;",
    "  10 removed: const b = 2;",
  ]);
  assert.deepEqual(itemRows(plan, "normal", plain), [
    "Plan: 1 of 3 steps done",
    "  done: read",
    "  now: write",
    "  open: test",
  ]);
});

test("added and removed lines have colours of the theme", () => {
  const removed = (colours: "dark" | "light"): string | undefined =>
    itemRows(patch, "normal", { ...settings, colours }).find((row) => row.includes("const b = 2"));
  assert.equal(removed("dark"), "\u001b[2m  10 \u001b[0m\u001b[38;5;224;48;5;52m- const b = 2;\u001b[0m");
  assert.equal(removed("light"), "\u001b[2m  10 \u001b[0m\u001b[38;5;52;48;5;224m- const b = 2;\u001b[0m");
});

const open = (item: ThreadItem, tail: string, elapsedMs: number | null, given = settings): string[] =>
  paintAll(openLines({ item, tail }, elapsedMs, { ...given, depth: given.verbosity }), given);

test("what runs is a line with the end of what it prints", () => {
  const running = { ...ended, status: "in_progress" as const, aggregated_output: "" };
  assert.deepEqual(open(running, "a\nb\nc\nd\ne\n", 65_000), [
    "▸ $ npm test -- packages/cli — 1 min 5 s",
    "    b",
    "    c",
    "    d",
    "    e",
  ]);
  assert.deepEqual(open(running, "a\n", 65_000, { ...settings, plain: true }), [
    "running: command npm test -- packages/cli",
  ]);
  assert.deepEqual(open({ ...mcp, status: "in_progress", progress: "2 of 3" }, "", null), ["▸ hub list — 2 of 3"]);
  assert.deepEqual(open({ ...agent, status: "in_progress", writes: true }, "", null), [
    "▸ agent scout (explorer): find the parser — in a copy",
  ]);
});

const tree = "0123456789abcdef0123456789abcdef01234567";
const check = (name: string, standing: CheckEvidence["standing"]): CheckEvidence => ({
  command: name,
  standing,
  item_id: "i",
});

test("the end of a turn says what changed, what was proven for which files, and what it took", () => {
  const usage = { ...noUsage(), input_tokens: 12_345, cached_input_tokens: 6_172, output_tokens: 678 };
  const evidence = [
    check("npm test", "passed"),
    check("npm run lint", "failed"),
    check("make", "stale"),
    check("x", "unproven"),
  ];
  const entry: Entry = {
    kind: "turn",
    turn: 1,
    end: { type: "turn.completed", usage, tree, evidence },
    changes: [
      { path: "a.ts", kind: "update" },
      { path: "b.ts", kind: "add" },
    ],
    usage,
    models: new Map([["m", usage]]),
  };
  assert.deepEqual(rowsOf(entry, "normal", { ...settings, costOf: () => 0.0421 }), [
    "Changed 2 files: M a.ts, A b.ts",
    "Evidence for tree 0123456789ab",
    "  ✓ npm test — passed on these files",
    "  ✗ npm run lint — failed on these files",
    "  ~ make — stale: files changed since it ran",
    "  ? x — unproven: it changed files itself, or no snapshot c…",
    "12.3k tokens in (50 % cached), 678 out · $0.0421",
  ]);
  const end = (code: "interrupted" | "unreachable"): string[] =>
    rowsOf(
      { ...entry, changes: [], usage: noUsage(), end: { type: "turn.failed", error: { message: "why", code } } },
      "normal",
    );
  assert.deepEqual([end("interrupted"), end("unreachable")], [["■ why"], ["✗ why"]]);
});

test("what happens to the thread is a note", () => {
  const event = (given: Extract<Entry, { kind: "event" }>["event"], depth: Depth = "normal"): string[] =>
    rowsOf({ kind: "event", turn: 1, event: given }, depth, { ...settings, columns: 120 });
  assert.deepEqual(event({ type: "autonomy.changed", level: "edit" }), ["· autonomy is edit from here on"]);
  assert.deepEqual(event({ type: "thread.rewound", to_seq: 1, turn: 2, to_tree: tree }), [
    "· turn 2 and what came after it were taken back, and its files",
  ]);
  assert.deepEqual(event({ type: "error", message: "no\u001b[2J" }), ["✗ no␛[2J"]);
  assert.deepEqual(
    event({
      type: "goal.updated",
      plan: "/p",
      status: "done",
      turns: 2,
      elapsed_ms: 90_000,
      stalled: 0,
      steps: [
        { text: "a", standing: "verified" },
        { text: "b", standing: "claimed" },
      ],
    }),
    [
      "Goal: done (2 of 2 steps, 2 turns, 1 min 30 s)",
      "  ✓ a — verified",
      "  ? b — unproven: ticked by word alone, it has no verify command",
    ],
  );
  assert.deepEqual(
    event({
      type: "thread.compacted",
      reason: "window",
      kept_from: 1,
      checkpoint: "# c",
      tokens_before: 90_000,
      tokens_after: 9_000,
    }),
    ["· the conversation was compacted, from about 90.0k to 9.0k tokens; nothing is lost to the log"],
  );
});

test("of a long patch the beginning is shown, and how much more there is", () => {
  const added = Array.from({ length: 50_000 }, (_, at) => `+line ${at}`).join("\n");
  const long = { ...patch, diff: `--- /dev/null\n+++ b/long.txt\n@@ -0,0 +1,50000 @@\n${added}\n` };
  const rows = itemRows(long, "normal");
  assert.deepEqual(
    [rows.length, rows[0], rows[1], rows.at(-1)],
    [32, "✓ A long.txt +50000 −0", "      1 + line 0", "    … 49970 more lines of the diff"],
  );
});
