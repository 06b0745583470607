import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ThreadEvent } from "@fettle/protocol";
import fc from "fast-check";
import { ThreadStorageError } from "../../src/thread/storage-error.ts";
import { isThreadId, newThreadId, threadIdTime } from "../../src/thread/thread-files.ts";
import { createThread, openThread, readThread } from "../../src/thread/thread-log.ts";
import { temporaryHome } from "./temporary-home.ts";

const events: ThreadEvent[] = [
  { type: "thread.started", thread_id: "t", cwd: "/p", model: "m" },
  { type: "turn.started", turn: 1 },
  {
    type: "item.completed",
    item: { id: "item_0", type: "agent_message", text: "Grüße, 世界 🎉\nline\u0000 \ud800 end" },
  },
  { type: "snapshot", tree: "a".repeat(40), after_item: "item_0" },
];

const opened = (home: string, id: string) => {
  const result = openThread(home, id);
  assert.ok(result.ok, result.ok ? "" : result.message);
  return result;
};
const refused = (result: ReturnType<typeof openThread> | ReturnType<typeof readThread>) => {
  assert.ok(!result.ok);
  return result;
};

test("what is appended is read back, also across reopening", (t) => {
  const home = temporaryHome(t);
  const log = createThread(home);
  const logged = events.map((event) => log.append(event));
  log.sync();
  log.close();
  const bytes = statSync(log.path).size;
  const { id, path } = log;
  assert.deepEqual(readThread(home, id), { ok: true, id, path, events: logged, bytes, cutBytes: 0 });
  const again = opened(home, log.id);
  assert.deepEqual(again.events, logged);
  const next = again.log.append({ type: "turn.started", turn: 2 });
  assert.equal(next.seq, events.length);
  again.log.close();
  assert.deepEqual(
    logged.map(({ seq, at }) => [seq, new Date(at).toISOString() === at]),
    events.map((_, seq) => [seq, true]),
  );
  assert.equal(readFileSync(log.path, "utf8").split("\n").length, events.length + 2);
});

test("ids are UUIDs of version 7 that carry their moment", () => {
  const now = Date.parse("2026-11-21T23:59:59.999Z");
  const ids = Array.from({ length: 1000 }, () => newThreadId(now));
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => isThreadId(id) && threadIdTime(id) === now));
});

test("folders are private, logs too, and lie under the day of the id", (t) => {
  const home = join(temporaryHome(t), "new", "home");
  const log = createThread(home);
  t.after(() => log.close());
  log.append({ type: "turn.started" });
  const output = log.outputPath("item_7");
  const [year = "", month = "", day = ""] = new Date(threadIdTime(log.id)).toISOString().slice(0, 10).split("-");
  assert.equal(log.path, join(home, "threads", year, month, day, `${log.id}.jsonl`));
  assert.equal(output, join(dirname(log.path), log.id, "outputs", "item_7.txt"));
  const modes = [home, dirname(log.path), dirname(output), log.path].map((path) => statSync(path).mode & 0o777);
  assert.deepEqual(modes, [0o700, 0o700, 0o700, 0o600]);
});

test("an output path cannot leave the thread's folder", (t) => {
  const log = createThread(temporaryHome(t));
  t.after(() => log.close());
  for (const id of ["", "..", "../x", "a/b", ".hidden", "a\0b"])
    assert.throws(() => log.outputPath(id), /not an item id/);
});

test("transient and invalid events are refused before they reach the log", (t) => {
  const home = temporaryHome(t);
  const log = createThread(home);
  assert.throws(() => log.append({ type: "item.delta", item_id: "i", delta: "x" }), TypeError);
  assert.throws(() => log.append({ type: "turn.started", turn: Number.NaN }), TypeError);
  assert.throws(() => log.append({ type: "snapshot", tree: "no tree" }), TypeError);
  assert.equal(log.append({ type: "turn.started" }).seq, 0);
  log.close();
  assert.throws(() => log.append({ type: "turn.started" }), /closed/);
  assert.equal(opened(home, log.id).events.length, 1);
});

test("an event of 20 MB is written and read", (t) => {
  const home = temporaryHome(t);
  const log = createThread(home);
  const text = "é".repeat(10_000_000);
  log.append({ type: "error", message: text });
  log.append({ type: "turn.started" });
  log.close();
  const { events: read } = opened(home, log.id);
  assert.equal(read[0]?.type === "error" && read[0].message === text, true);
  assert.equal(read.length, 2);
});

test("any truncation opens with a prefix of the events, and the bytes cut are kept", (t) => {
  const home = temporaryHome(t);
  const log = createThread(home);
  const logged = events.map((event) => log.append(event));
  log.close();
  const whole = readFileSync(log.path);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length }), (size) => {
      writeFileSync(log.path, whole);
      truncateSync(log.path, size);
      writeFileSync(`${log.path.slice(0, -6)}.torn`, "");
      const before = readThread(home, log.id);
      const again = opened(home, log.id);
      const kept = whole.subarray(0, size).lastIndexOf(10) + 1;
      assert.deepEqual(again.events, logged.slice(0, again.events.length));
      assert.equal(again.cutBytes, size - kept);
      assert.ok(before.ok && before.cutBytes === again.cutBytes && before.events.length === again.events.length);
      assert.deepEqual(readFileSync(`${log.path.slice(0, -6)}.torn`), whole.subarray(kept, size));
      assert.equal(again.log.append({ type: "turn.started" }).seq, again.events.length);
      again.log.close();
      const last = opened(home, log.id);
      assert.equal(last.events.length, again.events.length + 1);
      last.log.close();
    }),
    { numRuns: 150 },
  );
});

for (const [name, tail] of [
  ["zeros", Buffer.alloc(5000)],
  ["zeros and a newline", Buffer.concat([Buffer.alloc(5000), Buffer.from("\n")])],
  ["half an event and a newline", Buffer.from('{"type":"turn.st\n')],
  ["bytes that are no UTF-8", Buffer.from([0xff, 0xc3, 0x0a, 0xfe])],
  ["empty lines", Buffer.from("\n\n\n")],
] as const)
  test(`a tail of ${name} is cut and kept aside`, (t) => {
    const home = temporaryHome(t);
    const log = createThread(home);
    const logged = events.map((event) => log.append(event));
    log.close();
    appendFileSync(log.path, tail);
    const again = opened(home, log.id);
    again.log.close();
    assert.deepEqual([again.events, again.cutBytes], [logged, tail.length]);
    assert.deepEqual(readFileSync(`${log.path.slice(0, -6)}.torn`), tail);
  });

const damages: [string, (lines: string[]) => string[], number, RegExp][] = [
  ["a broken line in the middle", (lines) => lines.with(1, '{"type":"turn.st'), 2, /not JSON/],
  ["bytes that are no UTF-8 in the middle", (lines) => lines.with(2, '{"type":"\xff"}'), 3, /not JSON/],
  ["a missing line", (lines) => lines.toSpliced(1, 1), 2, /its seq is 2 where 1 must follow/],
  ["an unknown kind at the end", (lines) => [...lines, '{"type":"new.kind","seq":4,"at":""}'], 5, /"new.kind"/],
  [
    "a wrong field",
    (lines) => lines.with(3, '{"type":"snapshot","tree":"x","seq":3,"at":""}'),
    4,
    /no event of type "snapshot"/,
  ],
];
for (const [name, damage, line, reason] of damages)
  test(`${name} is told with its line, and nothing is changed`, (t) => {
    const home = temporaryHome(t);
    const log = createThread(home);
    for (const event of events) log.append(event);
    log.close();
    const lines = damage(readFileSync(log.path, "latin1").trimEnd().split("\n"));
    writeFileSync(log.path, `${lines.join("\n")}\n`, "latin1");
    const before = readFileSync(log.path);
    for (const result of [openThread(home, log.id), readThread(home, log.id)]) {
      const { code, message } = refused(result);
      assert.equal(code, "corrupt");
      assert.match(message, new RegExp(`damaged at line ${line} of `));
      assert.match(message, reason);
      assert.doesNotMatch(message, /\n/);
    }
    assert.deepEqual(readFileSync(log.path), before);
    assert.equal(existsSync(`${log.path.slice(0, -6)}.torn`), false);
    assert.equal(refused(openThread(home, log.id)).code, "corrupt", "a failed opening gives the lock back");
  });

test("a thread is found by its first characters, and refused in clear words otherwise", (t) => {
  const home = temporaryHome(t);
  const log = createThread(home);
  log.append({ type: "turn.started" });
  log.close();
  const other = createThread(home);
  other.close();
  const found = readThread(home, log.id.slice(0, 30).toUpperCase());
  assert.ok(found.ok && found.id === log.id);
  const cases: [string, string, RegExp][] = [
    [log.id.slice(0, 5), "not_found", /at least 6 characters/],
    ["../../etc/passwd", "not_found", /is not a thread id/],
    ["", "not_found", /is not a thread id/],
    ["ffffffff", "not_found", /There is no thread "ffffffff"/],
    [log.id.slice(0, 6), "ambiguous", new RegExp(`fits 2 threads \\(.*${log.id}.*give more characters`)],
  ];
  for (const [prefix, code, message] of cases) {
    const result = refused(openThread(home, prefix));
    assert.equal(result.code, code);
    assert.match(result.message, message);
  }
  assert.equal(refused(openThread(join(home, "nowhere"), log.id)).code, "not_found");
  assert.equal(existsSync(join(home, "nowhere")), false);
});

test("a home that cannot be written gives one clear line", (t) => {
  const folder = temporaryHome(t);
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "linked"));
  symlinkSync("/proc", join(folder, "linked", "threads"));
  for (const home of [join(folder, "file"), join(folder, "file", "below"), join(folder, "linked"), "/proc/fettle"])
    assert.throws(
      () => createThread(home),
      (error) =>
        error instanceof ThreadStorageError &&
        !error.message.includes("\n") &&
        error.message.includes(home) &&
        error.message.includes("FETTLE_HOME"),
    );
});

test("a disk that takes no more gives one clear line and leaves the log whole", (t) => {
  const home = temporaryHome(t);
  const log = createThread(home);
  log.append({ type: "turn.started" });
  log.close();
  const program = join(import.meta.dirname, "programs", "filler.ts");
  // A file size limit makes the kernel write a part of the line and then refuse, as a full disk does.
  const run = spawnSync("/bin/bash", ["-c", 'ulimit -f 64; exec "$@"', "-", process.execPath, program, home, log.id], {
    encoding: "utf8",
  });
  assert.equal(run.stderr, "");
  const said = JSON.parse(run.stdout);
  assert.match(
    said.message,
    /^Could not write to the thread's log .*\.jsonl: the file size limit is reached \(EFBIG\); raise/,
  );
  assert.equal(said.small, said.last + 1);
  const { events: read, cutBytes, log: again } = opened(home, log.id);
  again.close();
  assert.deepEqual([read.length, cutBytes, read.at(-1)?.type], [said.small + 1, 0, "error"]);
});

test("a thread that nobody refers to any more stays taken", (t) => {
  const home = temporaryHome(t);
  const created = createThread(home);
  created.close();
  const take = (): boolean => openThread(home, created.id).ok;
  assert.equal(take(), true);
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  assert.equal(take(), false);
});
