import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApprovalItem, ThreadEvent } from "@fettle/protocol";
import { grantsOf } from "../../src/approvals/grants.ts";

const answered: ApprovalItem = {
  id: "item_1",
  type: "approval",
  status: "completed",
  subject: { kind: "command", command: "git push", cwd: "/w", run: "host" },
  why: "a rule asks",
  choices: ["once", "thread", "no"],
  answer: { choice: "thread", by: "person" },
};
const log = (events: ThreadEvent[]) => events.map((event, seq) => ({ ...event, seq, at: "" }));

test("what was allowed for a thread holds in it, and not in a fork of it", () => {
  const given: ThreadEvent = { type: "item.completed", item: answered };
  const forked: ThreadEvent = { type: "thread.forked", thread_id: "b", from: "a", turn: 1 };
  assert.equal(grantsOf(log([given])).has(answered.subject), true);
  assert.equal(grantsOf(log([given, forked])).has(answered.subject), false);
  assert.equal(grantsOf(log([given, forked, given])).has(answered.subject), true);
});

test("what was allowed for a helper is no grant of the thread that it helps", () => {
  const event: ThreadEvent = { type: "item.completed", item: { ...answered, agent: "a1 (tester)" } };
  assert.equal(grantsOf(log([event])).has(answered.subject), false);
});
