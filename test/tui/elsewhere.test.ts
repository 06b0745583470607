import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { byTask, startAgent, storedLogs, waitFor } from "../support/agents.ts";
import { fettleInPty, idle } from "../support/pty.ts";
import { openScene, printed, storedLog, threadIdOf, wordsOf } from "../support/scripted-run.ts";

/* A thread that runs in another process, in the terminal program: followed, steered, stopped; and names for threads. */

const timeout = 60_000;
const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });

/** A run of `exec` that stands still in its first command until `open`. */
const standingRun = async (t: TestContext, steps: readonly ScriptedStep[]) => {
  const scene = await openScene(t, { steps: [shell("read -r word < gate"), ...steps] });
  execFileSync("mkfifo", [join(scene.repository, "gate")]);
  const run = scene.start(["--json", "do the work"]);
  const started = await printed(run, (event) => event.type === "thread.started");
  await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
  const open = () => writeFile(join(scene.repository, "gate"), "go\n");
  return { scene, run, id: threadIdOf([started]), open };
};

describe("a thread that runs in another process", { concurrency: 2 }, () => {
  test("is followed and steered, and goes on here once it has ended there", { timeout }, async (t) => {
    const { scene, run, id, open } = await standingRun(t, [
      { calls: [{ name: "shell", arguments: { command: "echo after the gate" } }] },
      { text: "the end of it there" },
      { text: "and on here" },
    ]);
    const pty = fettleInPty(t, scene, ["resume", id]);
    await pty.shows("● working in another process");
    await pty.shows("$ read -r word < gate");
    pty.type("mind the tests\r");
    await pty.shows("with the next step: mind the tests");
    await pty.until(
      "the words are left",
      () => globSync(`threads/*/*/*/${id}/inbox/*.json`, { cwd: scene.home }).length > 0,
    );
    await open();
    await pty.shows("the end of it there");
    await pty.shows("your next words go on with it here");
    await idle(pty);
    assert.equal((await run.finished).code, 0);
    assert.equal(wordsOf(scene.server.requests[1], "user").at(-1), "mind the tests");
    assert.ok(!pty.screen().some((row) => row.includes("↳")));
    pty.type("go on\r");
    await pty.shows("and on here");
    await idle(pty);
    assert.equal(wordsOf(scene.server.requests[3], "user").at(-1), "go on");
  });

  test("Escape ends its turn there, and leaving the program does not", { timeout }, async (t) => {
    const { scene, run, id } = await standingRun(t, []);
    const first = fettleInPty(t, scene, ["resume", id]);
    await first.shows("● working in another process");
    first.type("\u0004");
    assert.equal(await first.finished, 0);
    assert.notEqual(storedLog(scene.home).at(-1)?.type, "turn.failed");
    const second = fettleInPty(t, scene, ["resume", id]);
    await second.shows("● working in another process");
    second.type("\u001b");
    await second.shows("your next words go on with it here");
    assert.equal((await run.finished).code, 130);
    const end = storedLog(scene.home).findLast(({ type }) => type === "turn.failed");
    assert.ok(end?.type === "turn.failed");
    assert.equal(end.error.code, "interrupted");
  });

  test("fettle steer --stop ends the running turn, and no later one", { timeout }, async (t) => {
    const { scene, run, id } = await standingRun(t, [{ text: "not stopped" }]);
    const stopped = await scene.fettle(["steer", id, "--stop"]);
    assert.deepEqual([stopped.code, stopped.stdout], [0, `thread ${id}: its turn is being stopped\n`]);
    assert.equal((await run.finished).code, 130);
    const late = await scene.fettle(["steer", id, "--stop"]);
    assert.equal(late.code, 1);
    assert.match(late.stderr, /no turn of thread .* runs/);
    const next = await scene.exec(["resume", id, "again"]);
    assert.equal(next.code, 0, next.stderr);
    assert.equal((await scene.fettle(["steer", id, "--stop", "words"])).code, 2);
  });
});

describe("helpers", { concurrency: 2 }, () => {
  test("/agents watches one at its work, says something to it, and stops it", { timeout }, async (t) => {
    const scene = await openScene(t);
    scene.server.push(
      ...byTask({
        "share it out": [{ calls: [startAgent("explorer", "look around")] }, waitFor(), { text: "all is done" }],
        "look around": [{ text: "I am looking", fault: { type: "hang" } }],
      }),
    );
    const run = fettleInPty(t, scene, ["share it out"]);
    await run.shows("(explorer): look around");
    run.type("/agents\r");
    await run.shows("Enter watches one");
    run.type("\r");
    await run.shows("a1: at work");
    run.type("smind the tests\r");
    await run.shows("a1: at work, gets the words");
    run.type("x");
    await run.shows("a1: not at work, is being stopped");
    run.type("q");
    await run.shows("all is done");
    await idle(run);
    const ends = [...storedLogs(scene.home).values()].map((events) =>
      events.findLast(({ type }) => /^turn\.(?:c|f)/.test(type)),
    );
    assert.deepEqual(ends.map((end) => end?.type).sort(), ["turn.completed", "turn.failed"]);
  });
});

describe("a thread's name", { concurrency: 2 }, () => {
  test("/rename names the thread on the screen, and lists and forks have the name", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "Hello." }] });
    const run = fettleInPty(t, scene, ["say hello"]);
    await run.shows("Hello.");
    await idle(run);
    run.type("/rename  The\tgreeting \r");
    await run.shows("named: The");
    assert.match(run.title(), /^fettle: The ?greeting$/);
    run.type("\u0004");
    await run.finished;
    const list = await scene.fettle(["threads", "--json"]);
    const { id, title } = JSON.parse(list.stdout) as { id: string; title: string };
    assert.match(title, /^The ?greeting$/);
    await scene.fettle(["fork", id]);
    assert.match((await scene.fettle(["threads"])).stdout, /fork: The ?greeting/);
    const again = await scene.fettle(["threads", "rename", id, "another\u001b[2J name"]);
    assert.deepEqual([again.code, again.stdout], [0, `thread ${id}: another␛[2J name\n`]);
    assert.equal((await scene.fettle(["threads", "rename", id, ""])).code, 0);
    assert.match((await scene.fettle(["threads"])).stdout, /say hello/);
    assert.equal((await scene.fettle(["threads", "rename", id])).code, 2);
  });
});
