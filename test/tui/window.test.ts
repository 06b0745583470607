import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { done, patch, shell } from "../support/approvals.ts";
import { fettleProgram, makeRepository, scratch } from "../support/fettle.ts";
import { fettleInPty, idle, inputOf, openPty } from "../support/pty.ts";
import { openScene, wordsOf } from "../support/scripted-run.ts";

/* The terminal program and its terminal: sizes, pastes, threads of before, the end. */

const timeout = 90_000;
const ctrlC = "\u0003";
const ctrlD = "\u0004";
const ctrlT = "\u0014";
const esc = "\u001b";

/** What must be taken back of what was asked of the terminal. */
const restored = ["\u001b[?2004l", "\u001b[?1004l", "\u001b[<u"];

describe("the terminal program", { concurrency: 2 }, () => {
  test("without a model it works with the offline engine, says so, and fits 80 columns and 24 rows", {
    timeout,
  }, async (t) => {
    const { path, home } = scratch("tui");
    makeRepository(join(path, "work"), { "notes.txt": "a needle in it\n" });
    const run = openPty(t, [fettleProgram], { cwd: join(path, "work"), home });
    await run.shows("working with the offline engine");
    await run.shows("/model lists them");
    run.type("where is needle?\r");
    await run.shows("notes.txt");
    await idle(run);
    assert.ok(run.all().every((row) => row.length <= 80));
    run.type(ctrlD);
    assert.equal(await run.finished, 0);
    for (const bytes of restored) assert.ok(run.written().includes(bytes), JSON.stringify(bytes));
  });

  test("what is typed before anything is loaded is kept", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "I heard you." }] });
    const run = fettleInPty(t, scene);
    run.type("typed at once");
    await run.until("the words", () => inputOf(run) === "typed at once");
    run.type("\r");
    await run.shows("I heard you.");
    assert.equal(wordsOf(scene.server.requests[0], "user").at(-1), "typed at once");
  });

  test("ten thousand pasted lines are one piece, and reach the model whole", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [done] });
    const run = fettleInPty(t, scene);
    await run.shows("›");
    const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index} of what was pasted`);
    run.type(`see: \u001b[200~${lines.join("\r")}\u001b[201~`);
    await run.shows("[paste #1");
    run.type("\r");
    await run.shows("done");
    const sent = wordsOf(scene.server.requests[0], "user").at(-1) ?? "";
    assert.ok(sent === `see: ${lines.join("\n")}`, `${sent.length} characters`);
  });

  test("after a storm of sizes the input stands once, with what was typed", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "A first answer.\n\nAnd its end." }] });
    const run = fettleInPty(t, scene, ["answer me"]);
    await run.shows("And its end.");
    await idle(run);
    run.type("kept words");
    await run.until("the words", () => inputOf(run) === "kept words");
    let typed = "kept words";
    for (let storm = 0; storm < 10; storm++) {
      const size = (turn: number) => [60 + ((turn * 37) % 50), 20 + ((turn * 13) % 15)] as const;
      run.resize(...[0, 1, 2, 3].map((turn) => size(4 * storm + turn)));
      run.type("!");
      typed += "!";
      await run.until(typed, () => inputOf(run) === typed);
    }
    const inputs = run.all().filter((row) => row.includes("kept words"));
    assert.deepEqual(inputs, [`› ${typed}`]);
    assert.equal(run.all().filter((row) => row.includes("A first answer.")).length, 1);
  });

  test("a thread goes on after the program ended, with what was said above it", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "The first answer." }, { text: "The second answer." }] });
    const first = fettleInPty(t, scene, ["the first question"]);
    await first.shows("The first answer.");
    await idle(first);
    first.type(ctrlD);
    assert.equal(await first.finished, 0);
    const second = fettleInPty(t, scene, ["resume", "--last"]);
    await second.shows("The first answer.");
    second.type("and then?\r");
    await second.shows("The second answer.");
    assert.deepEqual(wordsOf(scene.server.requests[1], "user").slice(-2), ["the first question", "and then?"]);
  });

  test("the list of threads finds one by its words", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "About apples." }, { text: "About pears." }, done] });
    await scene.exec(["tell of apples"]);
    await scene.exec(["tell of pears"]);
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("/resume\r");
    await run.shows("go on with · 2 of 2");
    run.type("apples");
    await run.shows("go on with · 1 of 2");
    await run.shows("About apples.");
    run.type("\r");
    await run.until(
      "the thread",
      (rows) => rows.some((row) => row.startsWith("›")) && rows.join("").includes("About apples."),
    );
    run.type("go on\r");
    await run.shows("done");
    assert.ok(wordsOf(scene.server.requests[2], "user").includes("tell of apples"));
  });

  test("Escape twice takes a turn back, files and conversation, after a look at what that means", {
    timeout,
  }, async (t) => {
    const scene = await openScene(t, { steps: [patch("made.txt"), { text: "It is made." }] });
    const run = fettleInPty(t, scene, ["make a file"]);
    await run.shows("It is made.");
    await idle(run);
    const made = join(scene.repository, "made.txt");
    assert.equal(readFileSync(made, "utf8"), "text\n");
    run.type(esc);
    await run.shows("Esc again: take turns back");
    run.type(esc);
    await run.shows("take turns back · 1 of 1");
    await run.shows("made.txt");
    run.type("\r");
    await run.shows("take back from turn 1 on");
    await run.shows("conversation and files");
    run.type("\r");
    await run.shows("took back turn 1");
    await run.until("the words in the input", () => inputOf(run) === "make a file");
    assert.throws(() => readFileSync(made), /ENOENT/);
  });

  test("the whole thread can be read and searched, and the screen is as it was after it", { timeout }, async (t) => {
    const text = Array.from({ length: 60 }, (_, index) => `- point ${index}`).join("\n");
    const scene = await openScene(t, { steps: [{ text }] });
    const run = fettleInPty(t, scene, ["list points"]);
    await run.shows("point 59");
    await idle(run);
    const before = run.screen();
    run.type(ctrlT);
    await run.shows("Tab next");
    run.type("q");
    await run.until("the screen of before", (rows) => rows.join("\n") === before.join("\n"));
  });

  test("commands say what they do, and a wrong word is told", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [shell("echo hi"), done] });
    const run = fettleInPty(t, scene, ["go on"]);
    await run.shows("done");
    await idle(run);
    run.type("/autonomy edit\r");
    await run.shows("autonomy: edit from the next command on");
    run.type("/autonomy nonsense\r");
    await run.shows("must be one of suggest, edit, run, trusted, full");
    run.type("/export talk.md\r");
    await run.shows("written: ");
    assert.match(
      readFileSync(join(scene.repository, "talk.md"), "utf8"),
      /^## You\n\ngo on\n[\s\S]*echo hi[\s\S]*## fettle\n\ndone\n$/,
    );
    run.type("/permissions\r");
    await run.shows("Rules; of several");
    run.type("q");
    await run.lacks("Rules; of several");
    run.type("!echo from-the-shell; exit 3\r");
    await run.shows("  from-the-shell");
    await run.shows("  exit 3");
    run.type(`${ctrlC}`);
    await run.shows("again: quit");
    run.type(`${ctrlC}`);
    assert.equal(await run.finished, 0);
  });

  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    test(`${signal} ends it with the terminal as it was, and the turn on record`, { timeout }, async (t) => {
      const scene = await openScene(t, { steps: [{ text: "half", fault: { type: "hang" } }] });
      const run = fettleInPty(t, scene, ["go on"]);
      await run.shows("half");
      process.kill(run.pid, signal);
      assert.equal(await run.finished, code);
      for (const bytes of restored) assert.ok(run.written().includes(bytes), JSON.stringify(bytes));
      assert.match((await scene.fettle(["threads", "--json"])).stdout, /"state":"interrupted"/);
    });

  test("plain words instead of marks, for who listens to the screen", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [shell("echo hello"), done] });
    const run = fettleInPty(t, scene, ["go on"], { env: { FETTLE_PLAIN: "1", NO_COLOR: "1" } });
    await run.shows("done");
    run.type("x");
    await run.shows("> x");
    assert.ok(!run.all().some((row) => /[●✓✗▸☐]/.test(row)), run.all().join("\n"));
    assert.doesNotMatch(run.written(), /\u001b\[[\d;]*[1-9]\d*m/);
  });

  test("words are written in the person's own editor, and the screen comes back", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [done] });
    const editor = join(scene.home, "..", "editor.sh");
    writeFileSync(editor, '#!/bin/sh\nprintf "written outside\\n" >> "$1"\n', { mode: 0o755 });
    const run = fettleInPty(t, scene, [], { env: { EDITOR: editor } });
    await run.shows("gpt-5");
    run.type("begun here ");
    await run.until("the words", () => inputOf(run) === "begun here");
    run.type("\u0007");
    await run.until("the words of the editor", () => inputOf(run).includes("written outside"));
    run.type("\r");
    await run.shows("done");
    assert.equal(wordsOf(scene.server.requests[0], "user").at(-1), "begun here written outside");
  });
});
