import assert from "node:assert/strict";
import { test } from "node:test";
import type { InputItem } from "@fettle/protocol";
import { isHint } from "../../../src/models/offline/classify.ts";
import { readConversation } from "../../../src/models/offline/turns.ts";
import { userMessage } from "./drive.ts";

const call = (id: string): InputItem => ({
  type: "output",
  model: "offline",
  parts: [{ type: "call", call_id: id, name: "shell", arguments: "{}" }],
});
const result = (id: string, text: string): InputItem => ({
  type: "result",
  call_id: id,
  name: "shell",
  content: [{ type: "text", text }],
});
const said: InputItem = { type: "output", model: "offline", parts: [{ type: "text", text: "done" }] };
const step = (text: string) => ({ calls: [{ name: "shell", args: "{}" }], results: [text] });

test("reads turns, steps, steers and surroundings", () => {
  const input: InputItem[] = [
    { type: "message", role: "developer", content: [{ type: "text", text: "AGENTS" }] },
    userMessage("make the tests pass"),
    call("c1"),
    result("c1", "one"),
    userMessage("for 60 seconds"),
    call("c2"),
    result("c2", "two"),
    said,
    userMessage("for 60 seconds"),
    call("c3"),
    userMessage("where is clamp?"),
  ];
  assert.deepEqual(readConversation(input, isHint), {
    turns: [
      { prompt: "make the tests pass", hints: ["for 60 seconds"], steps: [step("one"), step("two")] },
      { prompt: "for 60 seconds", hints: [], steps: [step("")] },
      { prompt: "where is clamp?", hints: [], steps: [] },
    ],
    surroundings: "AGENTS",
    calls: 3,
  });
});
