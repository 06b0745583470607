import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isExtension } from "../packages/agent/test/support/scripted-model.ts";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { openScene, printed, type Scene, threadIdOf, toolResults, wordsOf } from "./support/scripted-run.ts";

/* A fork begins as another thread did, goes its own way, and leaves that one alone. */

const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });
const logOf = (scene: Scene, id: string): string => {
  const [path] = globSync(`threads/*/*/*/${id}.jsonl`, { cwd: scene.home });
  assert.ok(path !== undefined, `no log of ${id}`);
  return join(scene.home, path);
};

const idOf = async (scene: Scene, args: readonly string[]): Promise<string> => {
  const run = await scene.exec(["--json", ...args]);
  assert.equal(run.code, 0, run.stderr);
  return threadIdOf(run.events());
};

const forkOf = async (scene: Scene, ...args: string[]): Promise<string> => {
  const forked = await scene.fettle(["fork", ...args]);
  assert.equal(forked.code, 0, forked.stderr);
  return forked.stdout.trim();
};

describe("fork", { concurrency: 2 }, () => {
  test("a fork after a turn extends that turn's last request byte for byte", async (t) => {
    const scene = await openScene(t, {
      steps: [shell("echo one > one.txt"), { text: "one" }, { text: "two" }, { text: "three" }, { text: "four" }],
    });
    const source = await idOf(scene, ["do one"]);
    await idOf(scene, ["resume", source, "do two"]);
    const before = readFileSync(logOf(scene, source), "utf8");
    const id = await forkOf(scene, source, "--turn", "1");
    assert.equal(await idOf(scene, ["resume", id, "do something else"]), id);
    const { requests } = scene.server;
    assert.ok(isExtension(requests[1]?.body ?? "", requests[3]?.body ?? ""));
    assert.deepEqual(wordsOf(requests[3], "user"), ["do one", "do something else"]);
    assert.equal(readFileSync(logOf(scene, source), "utf8"), before, "the source is as it was");
    assert.ok(
      readFileSync(logOf(scene, id), "utf8").startsWith(
        before.slice(0, before.indexOf('{"type":"turn.started","turn":2')),
      ),
    );
    // The source goes on from its own end.
    await idOf(scene, ["resume", source, "do three"]);
    assert.deepEqual(wordsOf(requests[4], "user"), ["do one", "do two", "do three"]);
  });

  test("a fork of a fork has all of it, and the list tells them apart", async (t) => {
    const scene = await openScene(t, { steps: ["one", "two", "three"].map((text) => ({ text })) });
    const first = await idOf(scene, ["do one"]);
    const second = await forkOf(scene, first);
    await idOf(scene, ["resume", second, "do two"]);
    const third = await forkOf(scene);
    await idOf(scene, ["resume", "--last", "do three"]);
    const { requests } = scene.server;
    assert.ok(isExtension(requests[1]?.body ?? "", requests[2]?.body ?? ""));
    const listed = (await scene.fettle(["threads", "--json"])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string; title: string; turns: number; state: string });
    assert.deepEqual(
      listed.map(({ id, title, turns, state }) => [id, title, turns, state]),
      [
        [third, "fork: do one", 3, "completed"],
        [second, "fork: do one", 2, "completed"],
        [first, "do one", 1, "completed"],
      ],
    );
  });

  test("a thread that runs is forked up to its last finished turn", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }, shell("read -r word < gate"), { text: "two" }] });
    execFileSync("mkfifo", [join(scene.repository, "gate")]);
    const source = await idOf(scene, ["do one"]);
    const run = scene.start(["--json", "resume", source, "do two"]);
    await printed(run, (event) => event.type === "item.started" && event.item.type === "command_execution");
    const early = await scene.fettle(["fork", source, "--turn", "2"]);
    assert.equal(early.code, 2);
    assert.match(early.stderr, /turn 2 is not finished/);
    const forked = await scene.fettle(["fork", source]);
    assert.equal(forked.code, 0, forked.stderr);
    assert.match(forked.stderr, /up to turn 1; a later turn is not in it/);
    await writeFile(join(scene.repository, "gate"), "go\n");
    assert.equal((await run.finished).code, 0);
    scene.server.push({ text: "three" });
    await idOf(scene, ["resume", forked.stdout.trim(), "do three"]);
    assert.deepEqual(wordsOf(scene.server.requests.at(-1), "user"), ["do one", "do three"]);
  });

  test("a budget counts from the fork on", async (t) => {
    const scene = await openScene(t, { steps: ["one", "two", "three"].map((text) => ({ text })) });
    const source = await idOf(scene, ["do one"]);
    await idOf(scene, ["resume", source, "do two"]);
    const id = await forkOf(scene, source);
    const fresh = await scene.exec(["resume", id, "--max-tokens", "150", "do three"]);
    assert.equal(fresh.code, 0, fresh.stderr);
    const spent = await scene.exec(["resume", source, "--max-tokens", "150", "do three"]);
    assert.equal(spent.code, 4, spent.stderr);
  });

  test("whole outputs can be read in the fork, also when the source is gone", async (t) => {
    const scene = await openScene(t, { steps: [shell("seq 1 60000"), { text: "one" }] });
    const source = await idOf(scene, ["do one"]);
    const id = await forkOf(scene, source);
    const place = /\S+\/outputs\/item_\d+\.txt/.exec(toolResults(scene.server.requests[1])[0] ?? "")?.[0] ?? "";
    assert.ok(place.includes(source), place);
    scene.server.push(shell(`sed -n 30000p ${place}`), { text: "two" });
    await idOf(scene, ["resume", id, "look"]);
    assert.match(toolResults(scene.server.requests.at(-1)).at(-1) ?? "", /\n30000\n/);
    const log = logOf(scene, source);
    rmSync(log);
    rmSync(log.replace(/\.jsonl$/, ""), { recursive: true });
    const item = /item_\d+(?=\.txt)/.exec(place)?.[0] ?? "";
    scene.server.push({ calls: [{ name: "history", arguments: { item, offset: 165_000 } }] }, { text: "three" });
    await idOf(scene, ["resume", id, "look again"]);
    assert.match(toolResults(scene.server.requests.at(-1)).at(-1) ?? "", /\n30000\n/);
  });

  test("a turn that was copied can be taken back in the fork", async (t) => {
    const scene = await openScene(t, { steps: [shell("echo beta > a.txt"), { text: "one" }] });
    const source = await idOf(scene, ["do one"]);
    const before = readFileSync(logOf(scene, source), "utf8");
    const id = await forkOf(scene, source);
    const undone = await scene.fettle(["undo", id]);
    assert.equal(undone.code, 0, undone.stderr);
    assert.equal(readFileSync(join(scene.repository, "a.txt"), "utf8"), "alpha\n");
    assert.equal(readFileSync(logOf(scene, source), "utf8"), before);
  });

  test("a fork asks as much as its source was told to, and is no freer than any new thread", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }] });
    const source = await idOf(scene, ["do one"]);
    const levels: string[] = [];
    for (const level of ["suggest", "full"]) {
      await scene.fettle(["autonomy", level, "--thread", source]);
      const shown = await scene.fettle(["autonomy", "--thread", await forkOf(scene, source)]);
      levels.push(shown.stdout.split(" ")[0] ?? "");
    }
    assert.deepEqual(levels, ["suggest", "run"]);
  });

  test("what cannot be forked is refused with exit 2, and nothing is made", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }] });
    const source = await idOf(scene, ["do one"]);
    for (const [args, message] of [
      [[source, "--turn", "2"], /this thread has turns 1 to 1, not 2/],
      [[source, "--turn", "0"], /--turn must be a whole number above 0/],
      [["0198aaaa"], /There is no thread "0198aaaa"/],
      [[source, "more"], /one thread id expected/],
    ] as const) {
      const refused = await scene.fettle(["fork", ...args]);
      assert.equal(refused.code, 2, refused.stderr);
      assert.match(refused.stderr, message);
    }
    assert.equal(globSync("threads/*/*/*/*", { cwd: scene.home }).length, 2);
  });
});
