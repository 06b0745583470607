import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CommandExecutionItem,
  createTranscript,
  noUsage,
  type ThreadEvent,
  type ThreadItem,
  type Transcript,
} from "../src/index.ts";

const of = (...events: readonly ThreadEvent[]): Transcript => {
  const fold = createTranscript();
  for (const event of events) fold.add(event);
  return fold.state;
};

const tree = (digit: string): string => digit.repeat(40);
const usage = { ...noUsage(), input_tokens: 100, cached_input_tokens: 40, output_tokens: 7 };
const begun: ThreadEvent = { type: "turn.started", turn: 1, model: "m", effort: "high" };
const answered = (calls: number): ThreadEvent => ({
  type: "model.completed",
  model: "m",
  output: Array.from({ length: calls }, (_, at) => ({
    type: "call",
    call_id: `c${at}`,
    name: "shell",
    arguments: "{}",
  })),
  usage,
});
const done = (item: ThreadItem): ThreadEvent => ({ type: "item.completed", item });
const said = (id: string, text: string): ThreadEvent => done({ id, type: "agent_message", text });
const delta = (item_id: string, text: string): ThreadEvent => ({ type: "item.delta", item_id, delta: text });
const result: ThreadEvent = { type: "tool.completed", call_id: "c0", name: "shell", content: [] };
const command: CommandExecutionItem = {
  id: "c",
  type: "command_execution",
  command: "ls",
  aggregated_output: "",
  status: "in_progress",
};
const ended = { ...command, status: "completed" as const, exit_code: 0 };
const agent: Extract<ThreadItem, { type: "agent" }> = {
  id: "h",
  type: "agent",
  name: "n",
  role: "r",
  task: "t",
  thread_id: "x",
  model: "m",
  writes: false,
  status: "in_progress",
};
const ids = ({ entries }: Transcript): string[] =>
  entries.map((entry) =>
    entry.kind === "item" ? entry.item.id : entry.kind === "turn" ? entry.end.type : entry.event.type,
  );

test("a thread's facts", () => {
  const state = of(
    { type: "thread.started", thread_id: "t", cwd: "/w", model: "a", title: "Title" },
    { type: "autonomy.changed", level: "edit" },
    begun,
  );
  const { threadId, cwd, title, model, effort, autonomy, running } = state;
  assert.deepEqual(
    { threadId, cwd, title, model, effort, autonomy, running },
    { threadId: "t", cwd: "/w", title: "Title", model: "m", effort: "high", autonomy: "edit", running: 1 },
  );
});

test("what runs is open until it ends, with the end of what it prints", () => {
  const events = [
    begun,
    answered(1),
    { type: "item.started", item: command } as const,
    delta("c", "one\n"),
    delta("c", "two"),
  ];
  const state = of(...events);
  assert.deepEqual([...state.open.values()], [{ item: command, tail: "one\ntwo" }]);
  assert.deepEqual(ids(state), []);
  const after = of(...events, done(ended));
  assert.equal(after.open.size, 0);
  assert.deepEqual(ids(after), ["c"]);
});

test("of endless output only the end is kept", () => {
  const fold = createTranscript();
  fold.add({ type: "item.started", item: command });
  for (let line = 0; line < 20_000; line += 1) fold.add(delta("c", `line ${line}\n`));
  const tail = fold.state.open.get("c")?.tail ?? "";
  assert.ok(tail.length <= 40_000 && tail.endsWith("line 19999\n"), String(tail.length));
});

test("an answer grows by deltas, and thinking beside it", () => {
  const state = of(begun, { ...delta("r", "hm"), kind: "reasoning" } as ThreadEvent, delta("m", "a"), delta("m", "b"));
  assert.deepEqual(
    [state.message, state.thought],
    [
      { id: "m", text: "ab" },
      { id: "r", text: "hm" },
    ],
  );
  const after = of(begun, delta("m", "a"), answered(0), said("m", "ab"));
  assert.deepEqual([after.message, ids(after)], [null, ["m"]]);
});

test("what a command prints after its end, or comes after a turn, is no answer", () => {
  const state = of(begun, answered(1), { type: "item.started", item: command }, done(ended), delta("c", "late"));
  assert.equal(state.message, null);
  assert.equal(of(begun, { type: "turn.completed", usage }, delta("m", "late")).message, null);
});

test("a fault drops what the broken stream had said", () => {
  const fault = done({ id: "e", type: "error", message: "trying again" });
  const state = of(begun, delta("m", "half an ans"), fault, delta("m", "new"));
  assert.deepEqual(state.message, { id: "m", text: "new" });
  assert.deepEqual(ids(state), ["e"]);
  assert.equal(of(begun, delta("m", "half"), { type: "turn.failed", error: { message: "no" } }).message, null);
});

test("what ends beside an answer stands after it, as does the thinking that led to it", () => {
  const events: ThreadEvent[] = [
    begun,
    { type: "item.started", item: agent },
    delta("m", "part"),
    done({ ...agent, status: "completed" }),
  ];
  const streaming = of(...events);
  assert.deepEqual([ids(streaming), streaming.held.length], [[], 1]);
  const thought = done({ id: "r", type: "reasoning", text: "hm" });
  const whole = of(...events, answered(1), thought, said("m", "part two"), { type: "item.started", item: command });
  assert.deepEqual([ids(whole), whole.held.length], [["m", "h", "r"], 0]);
});

test("a command's end is told at once while the model waits for it, and one of an earlier call after the answer", () => {
  const state = of(begun, answered(1), { type: "item.started", item: command }, done(ended));
  assert.deepEqual(ids(state), ["c"]);
  const session = of(begun, answered(1), { type: "item.started", item: command }, result, delta("m", "x"), done(ended));
  assert.deepEqual([ids(session), session.held.length], [[], 1]);
  assert.deepEqual(ids(of(begun, done({ ...ended, origin: "check" }))), ["c"]);
});

test("questions wait until they are answered", () => {
  const question: ThreadItem = {
    id: "q",
    type: "approval",
    status: "in_progress",
    subject: { kind: "network", host: "a.b", port: 443, protocol: "https" },
    why: "blocked",
    choices: ["once", "no"],
  };
  const asked = of(begun, { type: "item.started", item: question });
  assert.deepEqual([asked.waiting, asked.open.size], [[question], 0]);
  const told = of(begun, { type: "item.started", item: question }, done({ ...question, status: "completed" }));
  assert.deepEqual([told.waiting, ids(told)], [[], ["q"]]);
});

test("a turn's end knows what it changed, what it used and what was proven; a later change makes that stale", () => {
  const patch = (id: string, kind: "add" | "update"): ThreadEvent =>
    done({ id, type: "file_change", changes: [{ path: "a", kind }], status: "completed" });
  const evidence = [{ command: "npm test", standing: "passed" as const, item_id: "c" }];
  const end: ThreadEvent = { type: "turn.completed", usage, tree: tree("a"), evidence };
  const events = [begun, answered(1), patch("p", "add"), patch("p2", "update"), end];
  const state = of(...events);
  assert.deepEqual(state.entries.at(-1), {
    kind: "turn",
    turn: 1,
    end,
    changes: [{ path: "a", kind: "add" }],
    usage,
    models: new Map([["m", usage]]),
  });
  assert.deepEqual(state.evidence, { tree: tree("a"), checks: evidence });
  assert.deepEqual([state.contextTokens, state.running], [107, null]);
  const standing = (...more: ThreadEvent[]): string | undefined => of(...events, ...more).evidence?.checks[0]?.standing;
  assert.equal(standing({ type: "snapshot", tree: tree("a") }), "passed");
  assert.equal(standing({ type: "snapshot", tree: tree("b") }), "stale");
  assert.equal(standing({ ...begun, turn: 2 }, patch("p3", "update")), "stale");
});

test("turns that were taken back are no longer in the list; a fork begins with no costs", () => {
  const turn = (number: number): ThreadEvent[] => [
    { ...begun, turn: number } as ThreadEvent,
    done({ id: `u${number}`, type: "user_message", text: `prompt ${number}`, source: "user" }),
    answered(0),
    { type: "turn.completed", usage },
  ];
  const state = of(...turn(1), ...turn(2), { type: "thread.rewound", to_seq: 4, turn: 2 });
  assert.deepEqual(
    state.turns.map(({ number, prompt, entry, state: how }) => ({ number, prompt, entry, how })),
    [{ number: 1, prompt: "prompt 1", entry: 0, how: "completed" }],
  );
  const fork = of(...turn(1), { type: "thread.forked", thread_id: "n", from: "t", turn: 1 });
  assert.deepEqual([fork.usage, fork.models.size, fork.threadId], [noUsage(), 0, "n"]);
});

test("the plan is there while its turn runs", () => {
  const plan: ThreadItem = { id: "p", type: "todo_list", items: [{ text: "a", completed: true }] };
  assert.deepEqual(of(begun, { type: "item.updated", item: plan }).plan, plan);
  const after = of(begun, { type: "item.updated", item: plan }, done(plan));
  assert.deepEqual([after.plan, ids(after)], [null, ["p"]]);
});

test("connections that were refused stand in the list, others do not", () => {
  const decided = (allowed: boolean): ThreadEvent => ({
    type: "network.decided",
    host: "a.b",
    port: 443,
    protocol: "connect",
    method: null,
    allowed,
    why: "",
  });
  assert.deepEqual(ids(of(decided(true), decided(false))), ["network.decided"]);
});

test("what only a provider can read is left out of a compaction", () => {
  const state = of({
    type: "thread.compacted",
    reason: "window",
    kept_from: 3,
    checkpoint: "c",
    sealed: { provider: "p", model: "m", encrypted: ["x"] },
    tokens_before: 9,
    tokens_after: 4,
  });
  const [entry] = state.entries;
  assert.ok(entry?.kind === "event" && !("sealed" in entry.event));
  assert.equal(state.contextTokens, 4);
});
