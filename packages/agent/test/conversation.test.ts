import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoggedEvent, ThreadEvent } from "@fettle/protocol";
import { noUsage } from "@fettle/protocol";
import fc from "fast-check";
import { createConversation } from "../src/conversation.ts";
import { repairEvents, threadFacts } from "../src/interrupted.ts";

const logged = (events: ThreadEvent[]): LoggedEvent[] => events.map((event, seq) => ({ ...event, seq, at: "" }));
const text = (value: string) => [{ type: "text" as const, text: value }];
const user = (id: string, words: string): ThreadEvent => ({
  type: "item.completed",
  item: { id, type: "user_message", text: words, source: "user" },
});
const told = (itemId: string, words: string): ThreadEvent => ({
  type: "input.added",
  role: "user",
  content: text(words),
  item_id: itemId,
});
const answered = (callId: string): ThreadEvent => ({
  type: "model.completed",
  model: "m",
  usage: noUsage(),
  output: [{ type: "call", call_id: callId, name: "shell", arguments: "{}" }],
});
const result = (callId: string): ThreadEvent => ({
  type: "tool.completed",
  call_id: callId,
  name: "shell",
  content: text("ok"),
});

test("the input is what was told, answered and returned, in order", () => {
  const conversation = createConversation(logged([user("i", "do"), told("i", "do"), answered("c"), result("c")]));
  assert.deepEqual(
    conversation.input.map((item) => item.type),
    ["message", "output", "result"],
  );
  assert.deepEqual(conversation.unanswered(), []);
  assert.deepEqual(conversation.undelivered(), []);
});

test("words that the model has not seen wait, also across a crash", () => {
  const conversation = createConversation(logged([user("i", "do"), told("i", "do"), user("j", "and this")]));
  assert.deepEqual(conversation.undelivered(), [{ itemId: "j", text: "and this", source: "user", images: [] }]);
});

test("a rewind takes back everything from its turn on", () => {
  const events = logged([
    { type: "turn.started" },
    user("a", "one"),
    told("a", "one"),
    { type: "turn.started" },
    user("b", "two"),
    told("b", "two"),
    { type: "thread.rewound", to_seq: 3, turn: 2 },
    user("c", "three"),
    told("c", "three"),
  ]);
  const words = createConversation(events).input.map((item) =>
    item.type === "message" && item.content[0]?.type === "text" ? item.content[0].text : "",
  );
  assert.deepEqual(words, ["one", "three"]);
});

test("after a crash every item, call and turn gets an end", () => {
  const events = logged([
    { type: "turn.started", turn: 1 },
    answered("c"),
    {
      type: "item.started",
      item: { id: "item_4", type: "command_execution", command: "x", aggregated_output: "", status: "in_progress" },
    },
  ]);
  const facts = threadFacts();
  for (const event of events) facts.add(event);
  const repairs = repairEvents(facts, createConversation(events).unanswered());
  assert.deepEqual(
    repairs.map((event) => event.type),
    ["item.completed", "tool.completed", "turn.failed"],
  );
  const later = logged([...events, ...repairs]);
  const again = threadFacts();
  for (const event of later) again.add(event);
  assert.deepEqual(repairEvents(again, createConversation(later).unanswered()), []);
  assert.equal(again.nextItemId(), "item_5");
});

test("property: without rewinds the input only grows at its end", () => {
  const event = fc.oneof(
    fc.string().map((words) => told("x", words)),
    fc.string().map(answered),
    fc.string().map(result),
    fc.string().map((words) => user("x", words)),
  );
  fc.assert(
    fc.property(fc.array(event), (list) => {
      const conversation = createConversation();
      let before = "";
      for (const each of logged(list)) {
        conversation.add(each);
        const now = conversation.input.map((item) => JSON.stringify(item)).join("\n");
        assert.ok(now.startsWith(before));
        before = now;
      }
    }),
  );
});

test("a compaction keeps of each told file what was told last, and the surroundings before them", () => {
  const tell = (words: string, ...paths: string[]): ThreadEvent => ({
    type: "input.added",
    role: "developer",
    content: text(words),
    ...(paths.length === 0
      ? {}
      : {
          told: paths.map((path) => ({ kind: "instructions", path, sha256: words, bytes: 1, used_bytes: 1 }) as const),
        }),
  });
  const events = logged([
    tell("surroundings"),
    told("a", "do"),
    tell("old a", "/a"),
    tell("b and c", "/b", "/c"),
    answered("c"),
    result("c"),
    tell("new a", "/a"),
    told("d", "more"),
    tell("new b", "/b"),
    {
      type: "thread.compacted",
      reason: "window",
      kept_from: 7,
      checkpoint: "# Checkpoint",
      tokens_before: 2,
      tokens_after: 1,
    },
  ]);
  const facts = threadFacts();
  for (const event of events) facts.add(event);
  assert.equal(facts.surroundings(), "surroundings");
  const words = createConversation(events).input.map((item) =>
    item.type === "message" && item.content[0]?.type === "text" ? item.content[0].text : item.type,
  );
  assert.deepEqual(words, ["surroundings", "b and c", "new a", "# Checkpoint", "more", "new b"]);
});
