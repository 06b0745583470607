import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { openScene, printed, type Scene, threadIdOf } from "./support/scripted-run.ts";

/* `exec --ephemeral`: a thread of which nothing is kept. */

const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });
const left = (scene: Scene): string[] => [
  ...globSync("threads/**/*.jsonl", { cwd: scene.home }),
  ...globSync("ephemeral/*", { cwd: scene.home }),
];
const listed = async (scene: Scene): Promise<string> => (await scene.fettle(["threads", "--all"])).stdout;

describe("exec --ephemeral", { concurrency: 2 }, () => {
  test("works as ever and leaves no thread", async (t) => {
    const scene = await openScene(t, { steps: [shell("seq 1 60000; echo beta > a.txt"), { text: "done" }] });
    const done = await scene.exec(["--ephemeral", "do it"]);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(done.stdout, "done\n");
    assert.match(done.stderr, /ephemeral: nothing of this thread is kept; it cannot be resumed/);
    assert.doesNotMatch(done.stderr, /fettle undo/);
    assert.deepEqual(left(scene), []);
    assert.equal(await listed(scene), "");
    // Neither words nor outputs stand in any file but those of the work itself.
    const files = readdirSync(scene.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.ok(files.length > 0);
    for (const { parentPath, name } of files)
      assert.doesNotMatch(readFileSync(join(parentPath, name), "utf8"), /do it|59999/, `${parentPath}/${name}`);
  });

  test("it cannot be resumed, forked or steered afterwards", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "done" }] });
    const id = threadIdOf((await scene.exec(["--json", "--ephemeral", "do it"])).events());
    for (const args of [
      ["exec", "resume", id, "on"],
      ["exec", "resume", "--last", "on"],
      ["fork", id],
      ["steer", id, "x"],
      ["undo", id],
    ]) {
      const refused = await scene.fettle(args);
      assert.equal(refused.code, 2, `${args}: ${refused.stderr}`);
      assert.match(refused.stderr, /There is no thread|no thread was run/);
    }
    const both = await scene.exec(["resume", "--last", "--ephemeral", "on"]);
    assert.equal(both.code, 2);
    assert.match(both.stderr, /--ephemeral is for a new thread/);
  });

  test("what a killed one left lists as nothing, and goes with the next; one that runs stays", async (t) => {
    const scene = await openScene(t, {
      steps: [shell("read -r word < gate"), shell("read -r word < gate2"), { text: "done" }],
    });
    execFileSync("mkfifo", [join(scene.repository, "gate"), join(scene.repository, "gate2")]);
    const begun = async () => {
      const run = scene.start(["--json", "--ephemeral", "do it"]);
      await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
      return run;
    };
    const dying = await begun();
    dying.child.kill("SIGKILL");
    await dying.finished;
    assert.ok(left(scene).length > 0, "the kill came too late to leave anything");
    assert.equal(await listed(scene), "");
    const living = await begun();
    const [, ...others] = readdirSync(join(scene.home, "ephemeral")).filter((name) => name.endsWith(".jsonl"));
    assert.deepEqual(others, [], "only the living one is there");
    scene.server.push({ text: "third" });
    assert.equal((await scene.exec(["--ephemeral", "do it"])).code, 0);
    assert.equal(readdirSync(join(scene.home, "ephemeral")).filter((name) => name.endsWith(".jsonl")).length, 1);
    scene.server.push({ text: "end" });
    await writeFile(join(scene.repository, "gate2"), "go\n");
    assert.equal((await living.finished).code, 0);
    assert.deepEqual(left(scene), []);
  });

  for (const signal of ["SIGINT", "SIGQUIT"] as const)
    test(`${signal} leaves nothing either`, async (t) => {
      const scene = await openScene(t, { steps: [shell("sleep 1000")] });
      const run = scene.start(["--json", "--ephemeral", "do it"]);
      await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
      run.child.kill(signal);
      const { code } = await run.finished;
      assert.equal(code, signal === "SIGINT" ? 130 : 131);
      assert.deepEqual(left(scene), []);
    });
});
