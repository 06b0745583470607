import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import type { FettleRun } from "./support/fettle.ts";
import { itemsOf, openScene, printed, type Scene, storedLog, threadIdOf, wordsOf } from "./support/scripted-run.ts";

/* What is said to a thread from another process: it reaches the model once, whatever is killed when. */

const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });
const waitAtGate = shell("read -r word < gate");

const inbox = (home: string): string[] => globSync("threads/*/*/*/*/inbox/*", { cwd: home });

/** A run that stands still in its first command until `open`. */
const standingRun = async (
  t: TestContext,
  steps: readonly ScriptedStep[],
): Promise<{ scene: Scene; run: FettleRun; id: string; open: () => Promise<void> }> => {
  const scene = await openScene(t, { steps: [waitAtGate, ...steps] });
  execFileSync("mkfifo", [join(scene.repository, "gate")]);
  const run = scene.start(["--json", "do the work"]);
  const started = await printed(run, (event) => event.type === "thread.started");
  await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
  return {
    scene,
    run,
    id: threadIdOf([started]),
    open: () => writeFile(join(scene.repository, "gate"), "go\n"),
  };
};

describe("steer", { concurrency: 2 }, () => {
  test("a running thread gets the words with its next model call", async (t) => {
    const { scene, run, id, open } = await standingRun(t, [{ text: "done" }]);
    const said = await scene.fettle(["steer", id, "and mind the tests"]);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stdout, /: kept; the model gets it with its next call\n$/);
    await open();
    const done = await run.finished;
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(wordsOf(scene.server.requests[1], "user"), ["do the work", "and mind the tests"]);
    assert.equal(scene.server.requests.length, 2);
    assert.deepEqual(
      itemsOf(done.events(), "user_message").map(({ source }) => source),
      ["user", "steer"],
    );
    assert.deepEqual(inbox(scene.home), []);
  });

  test("queued words are the next turn, in their order, and wait for the end of this one", async (t) => {
    const { scene, run, id, open } = await standingRun(t, [
      shell("echo more"),
      { text: "one" },
      { text: "two" },
      { text: "three" },
    ]);
    for (const words of ["then this", "and then that"]) {
      const said = await scene.fettle(["steer", "--queue", id, words]);
      assert.match(said.stdout, /it begins when the running turn has ended/);
    }
    await open();
    const done = await run.finished;
    assert.equal(done.code, 0, done.stderr);
    const { requests } = scene.server;
    assert.deepEqual(wordsOf(requests[2], "user"), ["do the work"]);
    assert.deepEqual(wordsOf(requests[3], "user"), ["do the work", "then this"]);
    assert.deepEqual(wordsOf(requests[4], "user"), ["do the work", "then this", "and then that"]);
    assert.equal(requests.length, 5);
    assert.equal(done.events().filter(({ type }) => type === "turn.completed").length, 3);
    assert.deepEqual(inbox(scene.home), []);
    // Each is a turn of its own, which can be taken back.
    const undone = await scene.fettle(["undo", id]);
    assert.match(undone.stdout, /took back turn 3 /);
  });

  test("people see each answer, and what was said in between", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }, { text: "two" }, { text: "three" }] });
    await scene.exec(["do the work"]);
    await scene.fettle(["steer", "--last", "--queue", "the rest"]);
    const done = await scene.exec(["resume", "--last", "go on"]);
    assert.equal(done.stdout, "two\nthree\n");
    assert.match(done.stderr, /> the rest\n/);
  });

  test("words that were acknowledged survive kill -9 of the run and reach the resumed one", async (t) => {
    const { scene, run, id } = await standingRun(t, []);
    await scene.fettle(["steer", id, "a steer"]);
    await scene.fettle(["steer", "--queue", id, "a queued word"]);
    run.child.kill("SIGKILL");
    await run.finished;
    scene.server.push({ text: "gone on" }, { text: "queue done" });
    const resumed = await scene.exec(["resume", id, "go on"]);
    assert.equal(resumed.code, 0, resumed.stderr);
    const { requests } = scene.server;
    assert.deepEqual(wordsOf(requests[1], "user"), ["do the work", "a steer", "go on"]);
    assert.deepEqual(wordsOf(requests[2], "user"), ["do the work", "a steer", "go on", "a queued word"]);
    assert.equal(requests.length, 3);
  });

  test("a kill between the log and the removal of the message does not deliver it twice", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }, { text: "two" }, { text: "three" }] });
    await scene.exec(["do the work"]);
    await scene.fettle(["steer", "--last", "only once"]);
    const [file = ""] = inbox(scene.home);
    const text = readFileSync(join(scene.home, file), "utf8");
    await scene.exec(["resume", "--last", "go on"]);
    assert.deepEqual(inbox(scene.home), []);
    // What such a kill leaves: the message is in the log, and its file is still there.
    writeFileSync(join(scene.home, file), text);
    await scene.exec(["resume", "--last", "and on"]);
    const said = storedLog(scene.home).filter((event) => event.type === "input.added" && event.role === "user");
    assert.deepEqual(
      said.map((event) =>
        event.type === "input.added" && event.content[0]?.type === "text" ? event.content[0].text : "",
      ),
      ["do the work", "only once", "go on", "and on"],
    );
    assert.deepEqual(inbox(scene.home), []);
    assert.equal(scene.server.requests.length, 3);
  });

  test("words for a thread that nobody works on wait for it, and are shown by --print-input", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }, { text: "two" }] });
    await scene.exec(["do the work"]);
    const said = await scene.fettle(["steer", "--last", "-"], { input: "from a pipe\n" });
    assert.match(said.stdout, /no process works on it now; it waits for: fettle exec resume /);
    const shown = await scene.exec(["resume", "--last", "--print-input", "go on"]);
    assert.deepEqual(wordsOf({ body: shown.stdout } as never, "user"), ["do the work", "from a pipe\n", "go on"]);
    await scene.exec(["resume", "--last", "go on"]);
    assert.deepEqual(JSON.parse(scene.server.requests[1]?.body ?? "").input, JSON.parse(shown.stdout).input);
  });

  test("an interrupted run leaves what is queued for the resumed one", async (t) => {
    const { scene, run, id } = await standingRun(t, []);
    await scene.fettle(["steer", "--queue", id, "later"]);
    run.child.kill("SIGINT");
    assert.equal((await run.finished).code, 130);
    assert.equal(scene.server.requests.length, 1);
    assert.equal(inbox(scene.home).length, 1);
  });

  test("a secret in the words reaches no file", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }] });
    await scene.exec(["do the work"]);
    writeFileSync(join(scene.home, "config.toml"), 'secrets = ["DEPLOY_TOKEN"]\n');
    const env = { DEPLOY_TOKEN: "s3cr3t-value-of-mine" };
    const said = await scene.fettle(["steer", "--last", "use s3cr3t-value-of-mine"], { env });
    assert.equal(said.code, 0, said.stderr);
    const [file = ""] = inbox(scene.home);
    const text = readFileSync(join(scene.home, file), "utf8");
    assert.match(text, /use /);
    assert.doesNotMatch(text, /s3cr3t/);
  });

  test("wrong uses are refused with exit 2", async (t) => {
    const scene = await openScene(t);
    for (const args of [
      ["steer"],
      ["steer", "0198aaaa", "words"],
      ["steer", "--last", "words"],
      ["steer", "0198aaaa", "a", "b"],
    ]) {
      const refused = await scene.fettle(args);
      assert.equal(refused.code, 2, `${args}: ${refused.stderr}`);
    }
    assert.match((await scene.fettle(["steer", "0198aaaa", "  "])).stderr, /the message is empty/);
  });
});
