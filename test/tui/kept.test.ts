import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { shell } from "../support/approvals.ts";
import { makeRepository } from "../support/fettle.ts";
import { fettleInPty, idle, inputOf } from "../support/pty.ts";
import { appeared, openScene, type Scene, storedLog, wordsOf } from "../support/scripted-run.ts";

/* Words and pictures of the person: none is lost, none is sent twice, none does more than it was meant to. */

const timeout = 90_000;
const esc = "\u001b";
const up = "\u001b[A";
const ctrlC = "\u0003";
const ctrlD = "\u0004";
const ctrlG = "\u0007";

const waitAtGate = shell("read -r word < gate");
const makeGate = (scene: Scene): (() => Promise<void>) => {
  execFileSync("mkfifo", [join(scene.repository, "gate")]);
  return () => writeFile(join(scene.repository, "gate"), "go\n");
};

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/** A picture, and the keys that paste its path. */
const makePicture = (scene: Scene): string => {
  const path = join(scene.home, "..", "dot.png");
  writeFileSync(path, Buffer.from(pixel, "base64"));
  return `${esc}[200~${path}${esc}[201~`;
};
const picturesIn = (body: string | undefined): number => (body ?? "").split(pixel).length - 1;

describe("what a person gave", { concurrency: 2 }, () => {
  test("what was typed is there in the next run, without secrets", { timeout }, async (t) => {
    const scene = await openScene(t);
    const secret = "sk-4e1f0c77aa-not-to-be-kept";
    const env = { OPENAI_API_KEY: secret };
    const first = fettleInPty(t, scene, [], { env });
    await first.shows("gpt-5");
    first.type(`use ${secret} for it`);
    await first.until("the words", () => inputOf(first) === `use ${secret} for it`);
    first.type(`${ctrlC}one${ctrlC}two\\\rlines${ctrlC}`);
    await first.until("an empty input", () => inputOf(first) === "");
    first.type(ctrlD);
    assert.equal(await first.finished, 0);
    for (const file of globSync("typed/*", { cwd: scene.home }))
      assert.ok(!readFileSync(join(scene.home, file), "utf8").includes(secret));
    const second = fettleInPty(t, scene, [], { env });
    await second.shows("gpt-5");
    second.type(up);
    await second.until("the newest", () => inputOf(second) === "two\nlines");
    second.type(`${up}${up}${up}`);
    await second.until("the oldest", () => inputOf(second) === "use [OPENAI_API_KEY] for it");
  });

  test("a picture comes back with its words after a stop, and is sent with them", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "half", fault: { type: "hang" } }, { text: "I see it." }] });
    const run = fettleInPty(t, scene, ["go on"]);
    await run.shows("half");
    run.type(`what is ${makePicture(scene)}?\r`);
    await run.shows("next turn: what is [image #1 dot.png] ?");
    run.type(esc);
    await idle(run);
    await run.until("the words", () => inputOf(run) === "what is [image #1 dot.png] ?");
    run.type("\r");
    await run.shows("I see it.");
    assert.equal(picturesIn(scene.server.requests[1]?.body), 1);
  });

  test("a picture that was sent while a turn runs is looked at after it, and keeps its place in the row", {
    timeout,
  }, async (t) => {
    const steps = [waitAtGate, { text: "The first." }, { text: "The second." }, { text: "The third." }];
    const scene = await openScene(t, { steps });
    const open = makeGate(scene);
    const run = fettleInPty(t, scene, ["go on"]);
    await run.shows("read -r word");
    run.type(`see ${makePicture(scene)}\r`);
    await run.shows("next turn: see [image #1 dot.png]");
    run.type("and then this\t");
    await run.shows("next turn: and then this");
    await open();
    await run.shows("The third.");
    await idle(run);
    assert.equal(picturesIn(scene.server.requests[2]?.body), 1);
    assert.equal(wordsOf(scene.server.requests[3], "user").at(-1), "and then this");
  });

  test("a picture goes with a question, and through the person's own editor", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "It is a dot." }] });
    const editor = join(scene.home, "..", "editor.sh");
    writeFileSync(editor, '#!/bin/sh\nprintf "and why\\n" >> "$1"\n', { mode: 0o755 });
    const run = fettleInPty(t, scene, [], { env: { EDITOR: editor } });
    await run.shows("gpt-5");
    run.type(`/ask what is ${makePicture(scene)}`);
    await run.shows("[image #1 dot.png]");
    run.type(ctrlG);
    await run.shows("and why");
    run.type("\r");
    await run.shows("It is a dot.");
    assert.equal(picturesIn(scene.server.requests[0]?.body), 1);
  });

  test("what was queued behind a question may change files again", { timeout }, async (t) => {
    const steps = [waitAtGate, { text: "Answered." }, shell("touch told.txt"), { text: "Made." }];
    const scene = await openScene(t, { steps });
    const open = makeGate(scene);
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("/ask what is here?\r");
    await run.shows("read -r word");
    run.type("make it\t");
    await run.shows("next turn: make it");
    await open();
    await run.shows("Made.");
    await idle(run);
    assert.ok(existsSync(join(scene.repository, "told.txt")));
    assert.equal(wordsOf(scene.server.requests[2], "user").at(-1), "make it");
  });

  test("a skill that is called while a turn runs waits for its end, and disturbs nothing", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [waitAtGate, { text: "one" }, { text: "two" }, { text: "three" }] });
    const open = makeGate(scene);
    const run = fettleInPty(t, scene, ["go on"]);
    await run.shows("read -r word");
    run.type("later\t");
    await run.shows("next turn: later");
    run.type("/polish it\r");
    await run.shows("next turn: /polish it");
    assert.ok(run.screen().some((row) => row.startsWith("● working")));
    assert.ok(run.screen().some((row) => row.includes("next turn: later")));
    await open();
    await run.shows("three");
    await idle(run);
    assert.deepEqual(wordsOf(scene.server.requests[3], "user").slice(-2), ["later", "/polish it"]);
  });

  test("words whose turn is being opened cannot be taken back any more", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [waitAtGate, { text: "one" }, { text: "two" }] });
    const open = makeGate(scene);
    const at = join(scene.home, "..", "at-the-hook");
    const go = join(scene.home, "..", "hook-gate");
    execFileSync("mkfifo", [go]);
    mkdirSync(scene.home, { recursive: true });
    const command = `grep -q later && { touch ${at}; read -r word < ${go}; }; exit 0`;
    const hook = `[[hooks.UserPromptSubmit]]\n[[hooks.UserPromptSubmit.hooks]]\ntype = "command"\ncommand = '${command}'\n`;
    writeFileSync(join(scene.home, "config.toml"), hook);
    const run = fettleInPty(t, scene, ["go on"]);
    await run.shows("read -r word");
    run.type("later\t");
    await run.shows("next turn: later");
    await open();
    await appeared(at);
    run.type(`${up}x`);
    await run.until("what was typed after it", () => inputOf(run) === "x");
    await writeFile(go, "go\n");
    await run.shows("two");
    await idle(run);
    assert.equal(inputOf(run), "x");
    assert.equal(wordsOf(scene.server.requests[2], "user").filter((words) => words === "later").length, 1);
    assert.deepEqual(globSync("threads/*/*/*/*/inbox/*", { cwd: scene.home }), []);
  });

  test("@ finds the files of the folder that was gone into", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "Seen." }], files: { "near-alone.md": "" } });
    const other = makeRepository(join(scene.home, "..", "other"), { "far-alone.md": "" });
    await scene.exec(["look"], { cwd: other });
    const id = globSync("threads/*/*/*/*.jsonl", { cwd: scene.home })[0]?.slice(-42, -6) ?? "";
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("@alone");
    await run.shows("near-alone.md");
    run.type(`${ctrlC}/resume ${id}\r`);
    await run.shows("Seen.");
    run.type("@alone");
    await run.shows("far-alone.md");
    assert.ok(!run.screen().some((row) => row.includes("near-alone.md")));
    assert.equal(storedLog(scene.home).at(-1)?.type, "turn.completed");
  });
});
