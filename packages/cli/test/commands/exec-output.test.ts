import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApprovalItem, ThreadEvent } from "@fettle/protocol";
import { textOutput } from "../../src/commands/exec-output.ts";

const question: ApprovalItem = {
  id: "item_1",
  type: "approval",
  status: "in_progress",
  subject: { kind: "network", host: "a.example", port: 443, protocol: "connect" },
  why: "nothing names it",
  choices: ["once", "no"],
};
const answered: ApprovalItem = { ...question, status: "completed", answer: { choice: "once", by: "person" } };
const notice = (id: string, message: string): ThreadEvent => ({
  type: "item.completed",
  item: { id, type: "error", message },
});

test("while a question waits nothing is written over it; what came meanwhile follows, in its order", async () => {
  const written: string[] = [];
  const screen = { write: (text: string) => written.push(text), isTTY: true, columns: 80 };
  const output = textOutput(true, { stdout: screen, stderr: screen });
  output.onEvent(notice("item_0", "before"));
  output.onEvent({ type: "item.started", item: question });
  const asked = written.length;
  output.onEvent(notice("item_2", "one"));
  output.note("two");
  output.onEvent({ type: "turn.started", turn: 1, model: "m" });
  await new Promise((idle) => setImmediate(idle));
  assert.deepEqual(written.slice(asked), []);
  output.onEvent({ type: "item.completed", item: answered });
  output.onEvent(notice("item_3", "after"));
  await new Promise((idle) => setImmediate(idle));
  const said = written
    .join("")
    .replaceAll(/\u001b\[[\d;]*[mK]|\r/g, "")
    .trimEnd()
    .split("\n");
  assert.deepEqual(said, ["! before", "! one", "two", "✓ allowed once: network a.example:443", "! after"]);
});
