import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LoggedEvent, ThreadEvent, UserMessageItem } from "@fettle/protocol";
import fc from "fast-check";
import { checkpointText } from "../src/compaction/checkpoint.ts";
import { keptFrom } from "../src/compaction/compactor.ts";
import { workRecord } from "../src/compaction/record.ts";
import { estimateItem, windowUse } from "../src/compaction/tokens.ts";
import { createConversation, type Entry } from "../src/conversation.ts";
import { isLoggedEvent } from "../src/thread/event-guard.ts";
import { slim } from "../src/thread/slim.ts";

const logged = (events: readonly ThreadEvent[]): LoggedEvent[] =>
  events.map((event, seq) => ({ ...event, seq, at: "2026-01-01T00:00:00.000Z" }));

const said = (id: string, text: string): ThreadEvent => ({
  type: "item.completed",
  item: { id, type: "user_message", text, source: "user" },
});
const ran = (id: string, command: string, code: number): ThreadEvent => ({
  type: "item.completed",
  item: { id, type: "command_execution", command, aggregated_output: "out", exit_code: code, status: "completed" },
});
const told = (text: string, role: "user" | "developer" = "user"): ThreadEvent => ({
  type: "input.added",
  role,
  content: [{ type: "text", text }],
});
const usage = {
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
};
const called = (call_id: string): ThreadEvent => ({
  type: "model.completed",
  model: "m",
  output: [{ type: "call", call_id, name: "shell", arguments: "{}" }],
  usage,
});
const result = (call_id: string, text = "ok"): ThreadEvent => ({
  type: "tool.completed",
  call_id,
  name: "shell",
  content: [{ type: "text", text }],
});
const compacted = (kept_from: number, checkpoint: string): ThreadEvent => ({
  type: "thread.compacted",
  reason: "window",
  kept_from,
  checkpoint,
  tokens_before: 2,
  tokens_after: 1,
});

const budget = { words: 2000, record: 600, notes: 500 };

describe("a checkpoint", () => {
  test("has the user's words, the plan, files, commands with how they ended, and what still runs", () => {
    const record = workRecord(
      logged([
        said("item_0", "Mend the parser. Never touch vendor/."),
        {
          type: "item.started",
          item: {
            id: "item_1",
            type: "todo_list",
            items: [
              { text: "look", completed: true },
              { text: "mend", completed: false },
            ],
          },
        },
        ran("item_2", "npm test", 1),
        {
          type: "item.completed",
          item: {
            id: "item_3",
            type: "file_change",
            changes: [{ path: "src/a.ts", kind: "update" }],
            status: "completed",
          },
        },
        ran("item_4", "npm test", 0),
        {
          type: "item.updated",
          item: {
            id: "item_5",
            type: "command_execution",
            command: "npm start",
            aggregated_output: "",
            status: "in_progress",
            session: 2,
          },
        },
        said("item_6", "And keep it fast."),
      ]),
    );
    const text = checkpointText(record, "- decided: a hand-written lexer", budget);
    assert.match(text, /\[item_0\] Mend the parser\. Never touch vendor\/\./);
    assert.match(text, /\[item_6\] And keep it fast\./);
    assert.match(text, /- \[x\] look\n- \[ \] mend/);
    assert.match(text, /- decided: a hand-written lexer/);
    assert.match(text, /- \[item_3\] src\/a\.ts/);
    assert.match(text, /- \[item_4\] `npm test`: exit 0 \(run 2 times\)/);
    assert.match(text, /- \[item_5\] `npm start`: session 2/);
  });

  test("keeps within its budget whatever there is, and the first words of the user whole", () => {
    const words = fc.array(fc.string({ maxLength: 4000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.array(fc.string({ maxLength: 900 }), { maxLength: 200 }), (texts, commands) => {
        const first = "the task";
        const messages = [first, ...texts].map((text, at) => said(`item_${at}`, text));
        const runs = commands.map((command, at) => ran(`item_${100 + at}`, `${at} ${command}`, 0));
        const text = checkpointText(workRecord(logged([...messages, ...runs])), "n".repeat(10_000), budget);
        assert.ok(text.includes(first));
        // Beginnings, ids and headings come on top: at most 250 characters a message.
        assert.ok(text.length <= 1200 + budget.words + 3 * budget.record + budget.notes + 250 * messages.length);
      }),
    );
  });

  test("a very long task is cut in the open, and says where it is whole", () => {
    const long: UserMessageItem = { id: "item_0", type: "user_message", text: "x".repeat(50_000), source: "user" };
    const text = checkpointText(
      { words: [long], plan: null, files: [], commands: [], running: [], tree: null },
      null,
      budget,
    );
    assert.match(text, /x{2000}… \[50000 characters; whole: history item_0\]/);
  });
});

describe("what stays as it was said", () => {
  const entry = (seq: number, event: ThreadEvent): Entry => ({
    seq,
    item: createConversation(logged([event])).input[0] ?? assert.fail(),
  });

  test("begins with no result that has lost its call, and has at least the last answer with its results", () => {
    const kind = fc.constantFrom<"call" | "result" | "words">("call", "result", "words");
    const list = fc.array(fc.tuple(kind, fc.integer({ min: 0, max: 3000 })), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 3000 }), (kinds, tokens) => {
        const entries = kinds.map(([which, length], seq) =>
          entry(
            seq,
            which === "call"
              ? called("c")
              : which === "result"
                ? result("c", "r".repeat(length))
                : told("w".repeat(length)),
          ),
        );
        const from = keptFrom(entries, tokens);
        const kept = entries.filter(({ seq }) => seq >= from);
        if (entries.some(({ item }) => item.type !== "result")) assert.ok(kept.length > 0);
        assert.notEqual(kept[0]?.item.type, "result");
      }),
    );
  });
});

describe("a compacted conversation", () => {
  const events = logged([
    told("surroundings", "developer"),
    told("do it"),
    called("a"),
    result("a"),
    called("b"),
    result("b"),
    compacted(4, "CHECKPOINT"),
    told("go on"),
  ]);
  const texts = (conversation: ReturnType<typeof createConversation>): string[] =>
    conversation.input.map((item) => {
      if (item.type === "output") return "call";
      if (item.type === "sealed") return item.encrypted.join();
      return item.content.map((part) => (part.type === "text" ? part.text : "")).join("");
    });

  test("has the surroundings, the checkpoint, and what was kept", () => {
    assert.deepEqual(texts(createConversation(events)), ["surroundings", "CHECKPOINT", "call", "ok", "go on"]);
  });

  test("has what the provider sealed before the checkpoint, until the next one", () => {
    const sealed = { provider: "p", model: "m", encrypted: ["SEALED"] };
    const both = events.map((event) => (event.type === "thread.compacted" ? { ...event, sealed } : event));
    const conversation = createConversation(both);
    assert.deepEqual(texts(conversation), ["surroundings", "SEALED", "CHECKPOINT", "call", "ok", "go on"]);
    conversation.add({ ...compacted(7, "SECOND"), seq: 8, at: "2026-01-01T00:00:00.000Z" });
    assert.deepEqual(texts(conversation), ["surroundings", "SECOND", "go on"]);
  });

  test("is extended by what follows, byte for byte", () => {
    const conversation = createConversation(events);
    const before = conversation.input.map((item) => JSON.stringify(item));
    conversation.add({ ...called("c"), seq: 8, at: "" });
    assert.deepEqual(
      conversation.input.slice(0, -1).map((item) => JSON.stringify(item)),
      before,
    );
  });

  test("compacted once more, it has only the last checkpoint", () => {
    const again = [
      ...events,
      ...[called("c"), result("c"), compacted(8, "SECOND")].map((event, at) => ({ ...event, seq: 8 + at, at: "" })),
    ];
    assert.deepEqual(texts(createConversation(again)), ["surroundings", "SECOND", "call", "ok"]);
  });
});

test("a slimmed event is still a valid one, and says the same of work and evidence", () => {
  const events = logged([
    said("item_0", "do"),
    called("a"),
    result("a", "long".repeat(100)),
    ran("item_1", "npm test", 0),
  ]);
  const slimmed = events.map(slim);
  assert.ok(slimmed.every((event) => isLoggedEvent(JSON.parse(JSON.stringify(event)))));
  assert.deepEqual(checkpointText(workRecord(slimmed), null, budget), checkpointText(workRecord(events), null, budget));
  assert.ok(JSON.stringify(slimmed).length < JSON.stringify(events).length);
});

test("what the provider counted is exact, only what came since is estimated", () => {
  const input = createConversation(logged([told("w".repeat(35_000)), called("a"), result("a", "r".repeat(350))])).input;
  const counted = { usage: { ...usage, input_tokens: 5000 }, items: 1 };
  const use = windowUse(input, counted, 900);
  assert.ok(use > 5100 && use < 5200, String(use));
  assert.ok(windowUse(input, null, 900) > 10_900);
});

test("a picture that a provider gives back counts as a picture, not as its bytes", () => {
  const url = `data:image/png;base64,${"A".repeat(900_000)}`;
  const encrypted = [
    JSON.stringify({ type: "message", role: "user", content: [{ type: "input_image", image_url: url }] }),
  ];
  const tokens = estimateItem({ type: "sealed", provider: "p", model: "m", encrypted });
  assert.ok(tokens > 1000 && tokens < 2000, String(tokens));
});
