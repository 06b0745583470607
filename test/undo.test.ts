import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { fettleProgram, startFettle } from "./support/fettle.ts";
import { openScene, type Scene, wordsOf } from "./support/scripted-run.ts";
import { fettleOnTerminal } from "./support/terminal-run.ts";

/* `fettle undo`: files, conversation or both; what it would do; and a person's own later edits, which it never loses. */

const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });
const read = (scene: Scene, name = "a.txt"): string => readFileSync(join(scene.repository, name), "utf8");
const write = (scene: Scene, name: string, text: string): void => writeFileSync(join(scene.repository, name), text);
const logOf = (scene: Scene): string =>
  globSync("threads/*/*/*/*.jsonl", { cwd: scene.home })
    .map((path) => readFileSync(join(scene.home, path), "utf8"))
    .join("");

/** A thread with two turns: the first changes a.txt and makes b.txt, the second changes b.txt. */
const twoTurns = async (t: Parameters<typeof openScene>[0]): Promise<Scene> => {
  const scene = await openScene(t, {
    steps: [shell("echo beta > a.txt; seq 3 > b.txt"), { text: "one" }, shell("echo more >> b.txt"), { text: "two" }],
    files: { "mine.txt": "mine\n" },
  });
  assert.equal((await scene.exec(["do one"])).code, 0);
  assert.equal((await scene.exec(["resume", "--last", "do two"])).code, 0);
  return scene;
};

describe("undo", { concurrency: 2 }, () => {
  test("--preview tells each file with its lines and changes nothing", async (t) => {
    const scene = await twoTurns(t);
    write(scene, "mine.txt", "mine, later\n");
    const before = logOf(scene);
    const shown = await scene.fettle(["undo", "--turn", "1", "--preview"]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(
      shown.stdout,
      /^would take back turns 1 to 2 of thread \S+: conversation and files\n {2}a\.txt {2}\+1 -1\n {2}b\.txt {2}\+0 -4 {2}goes\n$/,
    );
    const words = await scene.fettle(["undo", "--turn", "1", "--preview", "--conversation"]);
    assert.match(words.stdout, /: the conversation alone\n {2}2 changed files would stay as they are\n$/);
    assert.equal(logOf(scene), before);
    assert.deepEqual([read(scene), read(scene, "b.txt")], ["beta\n", "1\n2\n3\nmore\n"]);
  });

  test("a person's later edit is told of and never lost without a word", async (t) => {
    const scene = await twoTurns(t);
    write(scene, "b.txt", "my own words\n");
    const before = logOf(scene);
    const shown = await scene.fettle(["undo", "--preview"]);
    assert.match(
      shown.stdout,
      / {2}b\.txt {2}\+3 -1 {2}edited since by other hands\nit would be refused without --force/,
    );
    const refused = await scene.fettle(["undo"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /"b\.txt" changed since by other hands; --force restores anyway/);
    assert.deepEqual([read(scene, "b.txt"), logOf(scene)], ["my own words\n", before]);
    const forced = await scene.fettle(["undo", "--force"]);
    assert.equal(forced.code, 0, forced.stderr);
    assert.equal(read(scene, "b.txt"), "1\n2\n3\n");
  });

  test("on a terminal a person is asked, and anything but yes changes nothing", async (t) => {
    const scene = await twoTurns(t);
    write(scene, "b.txt", "my own words\n");
    const before = logOf(scene);
    for (const [answer, code] of [
      ["\n", 1],
      ["y\n", 0],
    ] as const) {
      assert.deepEqual([read(scene, "b.txt"), logOf(scene)], ["my own words\n", before]);
      const run = fettleOnTerminal(scene, ["undo"]);
      await run.appears("lose what other hands changed in them? [y/N]");
      run.type(answer);
      assert.equal(await run.finished, code, run.screen());
    }
    assert.equal(read(scene, "b.txt"), "1\n2\n3\n");
  });

  test("--files puts the files back, keeps the conversation, and tells the model", async (t) => {
    const scene = await twoTurns(t);
    const undone = await scene.fettle(["undo", "--turn", "1", "--files"]);
    assert.equal(undone.code, 0, undone.stderr);
    assert.match(undone.stdout, /took back the files of turns 1 to 2 of thread \S+; the conversation is as it was/);
    assert.equal(read(scene), "alpha\n");
    scene.server.push({ text: "three" });
    await scene.exec(["resume", "--last", "do three"]);
    const [one, two, note, three] = wordsOf(scene.server.requests.at(-1), "user");
    assert.deepEqual([one, two, three], ["do one", "do two", "do three"]);
    assert.match(note ?? "", /put back to what they were before turn 1: "a\.txt", "b\.txt"\./);
    // What was put back by fettle is nobody's edit: the turns can be taken back as a whole, without --force.
    const whole = await scene.fettle(["undo", "--turn", "1"]);
    assert.equal(whole.code, 0, whole.stderr);
    assert.equal(read(scene), "alpha\n");
  });

  test("an edit after --files is a person's own again", async (t) => {
    const scene = await twoTurns(t);
    await scene.fettle(["undo", "--files"]);
    write(scene, "b.txt", "my own words\n");
    const refused = await scene.fettle(["undo"]);
    assert.equal(refused.code, 1, refused.stdout);
    assert.equal(read(scene, "b.txt"), "my own words\n");
  });

  test("--conversation forgets the turns, leaves the files, and tells the model what stands", async (t) => {
    const scene = await twoTurns(t);
    const undone = await scene.fettle(["undo", "--conversation"]);
    assert.equal(undone.code, 0, undone.stderr);
    assert.match(undone.stdout, /^took back turn 2 of thread \S+; the files are as they were\n$/);
    assert.equal(read(scene, "b.txt"), "1\n2\n3\nmore\n");
    scene.server.push({ text: "three" });
    await scene.exec(["resume", "--last", "do three"]);
    const [one, note, three] = wordsOf(scene.server.requests.at(-1), "user");
    assert.deepEqual([one, three], ["do one", "do three"]);
    assert.match(note ?? "", /what they changed in these files stands: "b\.txt"\./);
  });

  test("a restoring that is killed is completed by doing it again, without --force", async (t) => {
    const count = 3000;
    const scene = await openScene(t, {
      steps: [shell(`for n in $(seq ${count}); do echo changed > f$n.txt; done`), { text: "one" }],
      files: Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n + 1}.txt`, "before\n"])),
    });
    assert.equal((await scene.exec(["do one"])).code, 0);
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const watcher = watch(scene.repository, () => resolve());
    const { child, finished } = startFettle(["undo"], { cwd: scene.repository, home: scene.home });
    await begun;
    child.kill("SIGKILL");
    await finished;
    watcher.close();
    const again = await scene.fettle(["undo"]);
    // Where the kill came after the end there is nothing left to take back.
    assert.match(again.stdout + again.stderr, /took back turn 1|this thread has no turn to undo/);
    for (let n = 1; n <= count; n += 1) assert.equal(read(scene, `f${n}.txt`), "before\n");
    assert.deepEqual(globSync(".fettle-*", { cwd: scene.repository }), [], "nothing half-written is left");
  });

  test("a restoring that fails on its way is taken back", async (t) => {
    const big = `${Array.from({ length: 20_000 }, (_, n) => `line ${n}`).join("\n")}\n`;
    const scene = await openScene(t, {
      steps: [shell("echo beta > a.txt; echo short > z.txt"), { text: "one" }],
      files: { "z.txt": big },
    });
    assert.equal((await scene.exec(["do one"])).code, 0);
    const before = logOf(scene);
    // No file may become longer than 64 kB: a.txt is restored, z.txt cannot be.
    const failed = spawnSync("/bin/bash", ["-c", 'ulimit -f 64; exec "$0" undo', fettleProgram], {
      cwd: scene.repository,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", HOME: scene.home, FETTLE_HOME: scene.home },
    });
    assert.equal(failed.status, 1, failed.stderr);
    assert.match(failed.stderr, /the files are again as they were before: restoring stopped halfway/);
    assert.deepEqual([read(scene), read(scene, "z.txt"), logOf(scene)], ["beta\n", "short\n", before]);
    assert.equal((await scene.fettle(["undo"])).code, 0);
    assert.deepEqual([read(scene), read(scene, "z.txt")], ["alpha\n", big]);
    const nothing = await scene.fettle(["diff"]);
    assert.deepEqual(
      { code: nothing.code, stderr: nothing.stderr },
      { code: 2, stderr: "fettle: this thread has no turn that was not taken back\n" },
    );
  });
});
