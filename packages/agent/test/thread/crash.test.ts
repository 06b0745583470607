import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { createThread, openThread } from "../../src/thread/thread-log.ts";
import { temporaryHome } from "./temporary-home.ts";

const program = (t: TestContext, name: string, args: string[]) => {
  const path = join(import.meta.dirname, "programs", name);
  const child = spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  return child;
};

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
};

/** Kills the appender once it has acknowledged `count` more events and gives the last one that it acknowledged. */
const appendAndKill = async (t: TestContext, home: string, id: string, count: number): Promise<number> => {
  const child = program(t, "appender.ts", [home, id]);
  const exit = once(child, "close");
  let seen = 0;
  let last = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    seen += 1;
    if (seen === count) child.kill("SIGKILL");
  }
  await exit;
  assert.equal(child.signalCode, "SIGKILL");
  return last;
};

test("killed at 50 random moments, a writer loses nothing it acknowledged", { timeout: 300_000 }, async (t) => {
  const home = temporaryHome(t);
  const { id, close } = createThread(home);
  close();
  let length = 0;
  for (let round = 0; round < 50; round += 1) {
    const last = await appendAndKill(t, home, id, 1 + Math.floor(Math.random() * 40));
    const opened = openThread(home, id);
    assert.ok(opened.ok, opened.ok ? "" : opened.message);
    opened.log.close();
    assert.ok(opened.events.length > last, `round ${round}: seq ${last} was acknowledged`);
    assert.ok(opened.events.length > length, `round ${round}: earlier events are still there`);
    assert.ok(opened.events.every(({ seq }, at) => seq === at));
    length = opened.events.length;
  }
});

const answerOf = async (child: ReturnType<typeof program>): Promise<string> => {
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return String(line);
};

/** Starts takers, lets them all go at one moment, and gives them with what each of them said. */
const race = async (t: TestContext, home: string, id: string, count: number) => {
  const takers = Array.from({ length: count }, () => program(t, "taker.ts", [home, id]));
  for (const answer of await Promise.all(takers.map(answerOf))) assert.equal(answer, "ready");
  const answers = takers.map(answerOf);
  for (const { stdin } of takers) stdin.write("go\n");
  const said = await Promise.all(answers);
  return takers.map((child, at) => ({ child, answer: said[at] ?? "" }));
};

test("of 8 simultaneous takers of a killed owner's thread exactly one wins", { timeout: 300_000 }, async (t) => {
  const home = temporaryHome(t);
  const { id, close } = createThread(home);
  close();
  for (let round = 0; round < 5; round += 1) {
    const [owner] = await race(t, home, id, 1);
    assert.equal(owner?.answer, "won");
    await kill(owner.child);
    const takers = await race(t, home, id, 8);
    const winner = takers.find(({ answer }) => answer === "won");
    assert.ok(winner);
    for (const { child, answer } of takers)
      if (child !== winner.child)
        assert.match(answer, /^locked Thread .* is in use by (process \d+|another process): wait/);
    const locked = openThread(home, id);
    assert.ok(!locked.ok);
    assert.deepEqual(locked, {
      ok: false,
      code: "locked",
      message: `Thread ${id} is in use by process ${winner.child.pid}: wait until it ends or stop it (kill ${winner.child.pid}), or start a new thread`,
    });
    for (const { child } of takers) await kill(child);
  }
  const opened = openThread(home, id);
  assert.ok(opened.ok);
  opened.log.close();
});

test("within one process, too, a thread has one writer", (t) => {
  const home = temporaryHome(t);
  const log = createThread(home);
  const second = openThread(home, log.id);
  assert.ok(!second.ok && second.code === "locked");
  assert.match(second.message, /already open in this process/);
  // The refused attempt must not have dropped the lock, which POSIX locks do when any descriptor is closed.
  const third = openThread(home, log.id);
  assert.ok(!third.ok && third.code === "locked");
  log.close();
  log.close();
  const fourth = openThread(home, log.id);
  assert.ok(fourth.ok);
  fourth.log.close();
});
