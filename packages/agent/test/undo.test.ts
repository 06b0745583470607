import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoggedEvent, ThreadEvent } from "@fettle/protocol";
import { decideUndo, turnRecords } from "../src/undo.ts";

const [A, B, C] = ["a", "b", "c"].map((letter) => letter.repeat(40)) as [string, string, string];
const logged = (events: ThreadEvent[]): LoggedEvent[] => events.map((event, seq) => ({ ...event, seq, at: "" }));
const snapshot = (tree: string): ThreadEvent => ({ type: "snapshot", tree });
const turn: ThreadEvent = { type: "turn.started" };

test("the last turn goes back to the tree before its first write", () => {
  const plan = decideUndo(turnRecords(logged([turn, snapshot(A), snapshot(B), turn, snapshot(B), snapshot(C)])));
  assert.deepEqual(plan.ok && [plan.turn.number, plan.wrote], [2, [{ startTree: B, endTree: C }]]);
});

test("an earlier turn takes the later ones with it", () => {
  const events = logged([turn, snapshot(A), snapshot(B), turn, turn, snapshot(C), snapshot(B)]);
  const plan = decideUndo(turnRecords(events), 1);
  assert.deepEqual(plan.ok && plan.wrote, [
    { startTree: A, endTree: B },
    { startTree: C, endTree: B },
  ]);
});

test("a turn that wrote nothing takes back words only", () => {
  const plan = decideUndo(turnRecords(logged([turn])));
  assert.deepEqual(plan.ok && plan.wrote, []);
});

test("what was undone is no longer a turn", () => {
  const events = logged([turn, snapshot(A), snapshot(B), { type: "thread.rewound", to_seq: 0, turn: 1 }]);
  assert.deepEqual(turnRecords(events), []);
  assert.equal(decideUndo([]).ok, false);
});

test("an unknown turn is refused by number", () => {
  const plan = decideUndo(turnRecords(logged([turn])), 4);
  assert.equal(!plan.ok && plan.message, "this thread has turns 1 to 1, not 4");
});
