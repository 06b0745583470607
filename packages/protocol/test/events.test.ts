import assert from "node:assert/strict";
import { test } from "node:test";
import type { ThreadEvent as CodexEvent, ThreadItem as CodexItem } from "@openai/codex-sdk";
import {
  eventJsonSchema,
  isPrinted,
  loggedEvent,
  type ThreadEvent,
  type ThreadItem,
  threadEvent,
} from "../src/index.ts";

/** What the SDK's readers do with the kinds they know must type-check with ours: extended, never contradicted. */
type Known<T, U extends { type: string }> = Extract<T, { type: U["type"] }>;
type Fits<A, B> = [A] extends [B] ? true : never;
type Loose<T> = { [K in keyof T]: undefined extends T[K] ? T[K] | undefined : T[K] };
const itemsFit: Fits<Known<ThreadItem, CodexItem>["type"], CodexItem["type"]> = true;
const usageFits: Fits<
  Known<ThreadEvent, { type: "turn.completed" }>["usage"],
  Extract<CodexEvent, { type: "turn.completed" }>["usage"]
> = true;
const commandFits: Fits<
  Pick<Known<ThreadItem, { type: "command_execution" }>, "id" | "command" | "aggregated_output" | "status">,
  Loose<Pick<Extract<CodexItem, { type: "command_execution" }>, "id" | "command" | "aggregated_output" | "status">>
> = true;
const changeFits: Fits<
  Known<ThreadItem, { type: "file_change" }>["changes"],
  Extract<CodexItem, { type: "file_change" }>["changes"]
> = true;

test("the kinds and fields of codex exec --json are ours too", () => {
  assert.ok(itemsFit && usageFits && commandFits && changeFits);
  const lines = [
    '{"type":"thread.started","thread_id":"0199a213-81c0-7800-8aa1-bbab2a035a53"}',
    '{"type":"turn.started"}',
    '{"type":"item.started","item":{"id":"item_1","type":"command_execution","command":"bash -lc ls","aggregated_output":"","exit_code":0,"status":"in_progress"}}',
    '{"type":"item.completed","item":{"id":"item_2","type":"file_change","changes":[{"path":"a","kind":"add"}],"status":"completed"}}',
    '{"type":"item.updated","item":{"id":"item_3","type":"todo_list","items":[{"text":"a","completed":false}]}}',
    '{"type":"turn.completed","usage":{"input_tokens":1,"cached_input_tokens":0,"cache_write_input_tokens":0,"output_tokens":1,"reasoning_output_tokens":0}}',
    '{"type":"turn.failed","error":{"message":"x"}}',
    '{"type":"error","message":"x"}',
  ];
  for (const line of lines) assert.deepEqual(threadEvent.parse(JSON.parse(line)), JSON.parse(line));
});

test("records are stored and not printed", () => {
  const kinds = ["input.added", "model.completed", "tool.completed", "snapshot", "item.delta"] as const;
  for (const type of kinds) assert.equal(isPrinted({ type } as ThreadEvent), false);
});

test("a stored event has its number and time", () => {
  const event = { type: "turn.started", seq: 3, at: "2026-01-01T00:00:00.000Z" };
  assert.deepEqual(loggedEvent.parse(event), event);
  assert.equal(loggedEvent.safeParse({ ...event, seq: -1 }).success, false);
});

test("the JSON Schema names every kind", () => {
  const text = JSON.stringify(eventJsonSchema());
  for (const kind of ["thread.started", "turn.completed", "item.completed", "command_execution", "user_message"])
    assert.ok(text.includes(JSON.stringify(kind)), kind);
});
