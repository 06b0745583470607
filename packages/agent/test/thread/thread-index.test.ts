import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { ThreadEvent } from "@fettle/protocol";
import { lastThreadId, listThreads } from "../../src/thread/thread-index.ts";
import { createThread, openThread } from "../../src/thread/thread-log.ts";
import { temporaryHome } from "./temporary-home.ts";

const prompt = (text: string): ThreadEvent => ({
  type: "item.completed",
  item: { id: "item_0", type: "user_message", text, source: "user" },
});
const usage = {
  input_tokens: 1,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 1,
  reasoning_output_tokens: 0,
};
const started = (cwd: string, title?: string): ThreadEvent => ({
  type: "thread.started",
  thread_id: "t",
  cwd,
  model: "first",
  ...(title === undefined ? {} : { title }),
});
const completed: ThreadEvent = { type: "turn.completed", usage };
const failed = (code: "interrupted" | "timeout"): ThreadEvent => ({
  type: "turn.failed",
  error: { message: "", code },
});
const turn: ThreadEvent = { type: "turn.started", model: "second" };

const write = (home: string, events: ThreadEvent[]): string => {
  const log = createThread(home);
  for (const event of events) log.append(event);
  log.close();
  return log.id;
};
const append = (home: string, id: string, events: ThreadEvent[]): void => {
  const opened = openThread(home, id);
  assert.ok(opened.ok);
  for (const event of events) opened.log.append(event);
  opened.log.close();
};
const only = (home: string) => {
  const [first, second] = listThreads(home, { limit: 5 });
  assert.ok(first);
  assert.equal(second, undefined);
  return first;
};

test("a home without threads has an empty list and is left untouched", (t) => {
  const home = join(temporaryHome(t), "none");
  assert.deepEqual(listThreads(home, { limit: 5 }), []);
  assert.equal(lastThreadId(home, {}), null);
  assert.equal(existsSync(home), false);
});

test("a summary tells folder, title, model, turns and times", (t) => {
  const home = temporaryHome(t);
  const log = createThread(home);
  const events = [
    started("/p"),
    turn,
    prompt("  fix\n the   test 🎉 "),
    completed,
    turn,
    prompt("more"),
    failed("timeout"),
  ];
  const logged = events.map((event) => log.append(event));
  log.close();
  const { path, id } = log;
  const [createdAt, updatedAt] = [logged[0]?.at, logged.at(-1)?.at];
  const expected = { id, path, cwd: "/p", title: "fix the test 🎉", createdAt, updatedAt, turns: 2, model: "second" };
  assert.deepEqual(only(home), { ...expected, parent: null, state: "failed" });
});

test("the state is that of the last turn; a turn without an end is running only while its writer lives", (t) => {
  const home = temporaryHome(t);
  const cases: [ThreadEvent[], string][] = [
    [[], "empty"],
    [[started("/p")], "empty"],
    [[started("/p"), turn], "interrupted"],
    [[started("/p"), turn, completed], "completed"],
    [[started("/p"), turn, failed("interrupted")], "interrupted"],
    [[started("/p"), turn, completed, { type: "thread.rewound", to_seq: 1, turn: 1 }], "empty"],
    [
      [started("/p"), turn, completed, turn, failed("timeout"), { type: "thread.rewound", to_seq: 3, turn: 2 }],
      "completed",
    ],
  ];
  const expected = new Map(cases.map(([events, state]) => [write(home, events), state]));
  assert.deepEqual(new Map(listThreads(home, { limit: 50 }).map(({ id, state }) => [id, state])), expected);
  const log = createThread(home);
  log.append(turn);
  const state = () => listThreads(home, { limit: 50 }).find(({ id }) => id === log.id)?.state;
  assert.equal(state(), "running");
  assert.equal(openThread(home, log.id).ok, false, "looking does not take the lock away");
  log.close();
  assert.equal(state(), "interrupted");
});

test("a given title wins over the prompt, and a long prompt is cut between characters", (t) => {
  const home = temporaryHome(t);
  const titled = write(home, [started("/p", "given"), turn, prompt("prompt")]);
  const long = write(home, [started("/p"), turn, prompt("🎉".repeat(500))]);
  const titles = new Map(listThreads(home, { limit: 5 }).map(({ id, title }) => [id, title]));
  assert.equal(titles.get(titled), "given");
  assert.equal(titles.get(long), `${"🎉".repeat(200)}…`);
});

test("the list follows logs that grow, are mended, go away or come back", (t) => {
  const home = temporaryHome(t);
  const id = write(home, [started("/p"), turn, prompt("one"), completed]);
  assert.equal(only(home).turns, 1);
  append(home, id, [turn, completed]);
  assert.equal(only(home).turns, 2);
  const { path } = only(home);
  appendFileSync(path, '{"type":"turn.started","seq":6,');
  assert.equal(only(home).turns, 2);
  append(home, id, [turn]);
  assert.deepEqual([only(home).turns, only(home).state], [3, "interrupted"]);
  const whole = readFileSync(path);
  rmSync(path);
  assert.deepEqual(listThreads(home, { limit: 5 }), []);
  writeFileSync(path, whole);
  assert.equal(only(home).turns, 3);
});

test("a log that was replaced by another of greater length is read from its beginning", (t) => {
  const home = temporaryHome(t);
  write(home, [started("/a"), turn, prompt("one")]);
  const { path } = only(home);
  const lines = [started("/elsewhere"), turn, prompt("a rather different prompt"), completed, turn, completed];
  const text = lines.map((event, seq) => `${JSON.stringify({ ...event, seq, at: new Date(seq).toISOString() })}\n`);
  writeFileSync(path, text.join(""));
  const { cwd, turns, state, updatedAt } = only(home);
  assert.deepEqual(
    { cwd, turns, state, updatedAt },
    { cwd: "/elsewhere", turns: 2, state: "completed", updatedAt: new Date(5).toISOString() },
  );
});

test("newest first, by folder when asked, and threads without events are not the last", async (t) => {
  const home = temporaryHome(t);
  const clock = t.mock.timers;
  clock.enable({ apis: ["Date"], now: Date.parse("2026-01-01T00:00:00Z") });
  const ids: string[] = [];
  for (const cwd of ["/a", "/b", "/a", "/b"]) {
    ids.push(write(home, [started(cwd), turn, completed]));
    clock.tick(86_400_000);
  }
  const [a1 = "", b1 = "", a2 = "", b2 = ""] = ids;
  append(home, a1, [turn, completed]);
  clock.tick(1000);
  write(home, []);
  const list = (options: { limit: number; cwd?: string }) => listThreads(home, options).map(({ id }) => id);
  assert.deepEqual(list({ limit: 9 }).slice(1), [a1, b2, a2, b1]);
  assert.deepEqual(list({ limit: 9, cwd: "/b" }), [b2, b1]);
  assert.deepEqual(list({ limit: 1, cwd: "/b" }), [b2]);
  assert.equal(lastThreadId(home, {}), a1);
  assert.equal(lastThreadId(home, { cwd: "/b" }), b2);
  assert.equal(lastThreadId(home, { cwd: "/c" }), null);
});

test("an index that is gone, damaged, of an older make or impossible is no one's concern", (t) => {
  const home = temporaryHome(t);
  const id = write(home, [started("/p"), turn, prompt("one"), completed]);
  const expected = listThreads(home, { limit: 5 });
  assert.equal(expected[0]?.id, id);
  const path = join(home, "index.sqlite");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  const replaceByFolder = (): void => {
    remove();
    mkdirSync(path);
    writeFileSync(join(path, "x"), "");
  };
  const sql = (text: string) => (): void => {
    const database = new DatabaseSync(path);
    database.exec(text);
    database.close();
  };
  const faults: [string, () => void][] = [
    ["gone", remove],
    ["not a database", () => writeFileSync(path, "junk ".repeat(2000))],
    ["garbage inside", () => writeFileSync(path, readFileSync(path).fill(0x5a, 100))],
    ["cut", () => writeFileSync(path, readFileSync(path).subarray(0, 5000))],
    ["older schema", sql("DROP TABLE threads; CREATE TABLE threads (id TEXT); PRAGMA user_version = 0")],
    ["another table of the same number", sql("DROP TABLE threads; CREATE TABLE threads (id TEXT)")],
    ["wrong rows", sql("PRAGMA ignore_check_constraints = 1; UPDATE threads SET last_turn = 'what'")],
    ["a folder in its place", replaceByFolder],
  ];
  for (const [name, damage] of faults) {
    damage();
    assert.deepEqual(listThreads(home, { limit: 5 }), expected, name);
    assert.deepEqual(listThreads(home, { limit: 5 }), expected, `${name}, again`);
  }
  remove();
  const locker = new DatabaseSync(path);
  locker.exec("BEGIN EXCLUSIVE");
  assert.deepEqual(listThreads(home, { limit: 5 }), expected, "locked by another");
  locker.close();
  assert.deepEqual(
    readdirSync(home).filter((entry) => entry.endsWith("-journal")),
    [],
  );
});
