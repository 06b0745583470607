import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { done, shell } from "../support/approvals.ts";
import { fettleInPty, idle, inputOf } from "../support/pty.ts";
import { itemsOf, openScene, storedLog, wordsOf } from "../support/scripted-run.ts";

/* The terminal program as a person meets it: turns, steering, queueing, interrupting. */

const timeout = 60_000;
const ctrlD = "\u0004";
const esc = "\u001b";

describe("a turn in the terminal program", { concurrency: 2 }, () => {
  test("what was typed reaches the model, and the answer stands in the scrollback", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "Hello from the model." }] });
    const run = fettleInPty(t, scene);
    await run.shows("›");
    run.type("say hello\r");
    await run.shows("Hello from the model.");
    await idle(run);
    assert.equal(run.title(), "fettle: say hello");
    run.type(ctrlD);
    assert.equal(await run.finished, 0);
    assert.deepEqual(wordsOf(scene.server.requests[0], "user").at(-1), "say hello");
    assert.ok(run.all().some((row) => row.startsWith("go on with: fettle resume ")));
  });

  test("words on the command line begin the first turn", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "At once." }] });
    const run = fettleInPty(t, scene, ["begin with this"]);
    await run.shows("At once.");
    await idle(run);
    assert.deepEqual(wordsOf(scene.server.requests[0], "user").at(-1), "begin with this");
    run.type(ctrlD);
    assert.equal(await run.finished, 0);
  });

  test("typing goes on beside a question, which takes only its own keys", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [shell("rm -rf one"), shell("rm -rf two"), done] });
    const run = fettleInPty(t, scene, ["clean up"]);
    await run.shows("│ rm -rf one");
    run.type("x no, take another ");
    await run.until("the words", () => inputOf(run) === "x no, take another");
    // What answers a question while nothing is typed is text now.
    run.type("ootan");
    await run.until("the letters", () => inputOf(run) === "x no, take another ootan");
    run.type("\u000fo");
    await run.shows("│ rm -rf two");
    assert.equal(inputOf(run), "x no, take another ootan");
    run.type("\u0003");
    await run.until("an empty input", () => inputOf(run) === "");
    run.type("\u000fn");
    await run.shows("no, and a word to the model (");
    run.type("keep it\r");
    await idle(run);
    const answers = itemsOf(storedLog(scene.home), "approval").map(({ answer }) => answer);
    assert.deepEqual(answers, [
      { choice: "once", by: "person" },
      { choice: "no", by: "person", message: "keep it" },
    ]);
  });

  test("Enter steers, Tab queues, and both stand there until they are delivered", { timeout }, async (t) => {
    const scene = await openScene(t, {
      steps: [shell("rm -rf gate"), { text: "first turn done" }, { text: "second turn done" }],
    });
    const run = fettleInPty(t, scene, ["go on"]);
    await run.shows("│ rm -rf gate");
    run.type("further this\r");
    await run.shows("with the next step: further this");
    run.type("\u001b[200~and later that\u001b[201~\t");
    await run.shows("next turn: and later that");
    run.type("\u000fo");
    await run.shows("second turn done");
    await idle(run);
    assert.deepEqual(wordsOf(scene.server.requests[1], "user").at(-1), "further this");
    assert.deepEqual(wordsOf(scene.server.requests[2], "user").at(-1), "and later that");
    assert.ok(!run.screen().some((row) => row.includes("↳")));
  });

  test("words that wait can be taken back into the input", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [shell("rm -rf gate"), { text: "the end" }] });
    const run = fettleInPty(t, scene, ["go on"]);
    await run.shows("│ rm -rf gate");
    run.type("later perhaps\t");
    await run.shows("next turn: later perhaps");
    run.type("\u001b[A");
    await run.until("the words in the input", () => inputOf(run) === "later perhaps");
    await run.lacks("next turn:");
    run.type("\u0003");
    await run.until("an empty input", () => inputOf(run) === "");
    run.type("\u000fo");
    await run.shows("the end");
    await idle(run);
    assert.equal(scene.server.requests.length, 2);
  });

  test("Escape stops the turn, and what waited is in the input again", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "half of it", fault: { type: "hang" } }, { text: "again" }] });
    const run = fettleInPty(t, scene, ["go on"]);
    await run.shows("half of it");
    run.type("later\t");
    await run.shows("next turn: later");
    run.type(esc);
    await idle(run);
    await run.until("the words in the input", () => inputOf(run) === "later");
    assert.equal(storedLog(scene.home).at(-1)?.type, "turn.failed");
    run.type("\r");
    await run.shows("again");
    await idle(run);
    assert.deepEqual(wordsOf(scene.server.requests[1], "user").at(-1), "later");
  });

  test("text of the model and of commands cannot steer the terminal", { timeout }, async (t) => {
    const evil = "a\u001b[2Jb\u001b]0;stolen\u0007c\u001b[?1049hd\u009b5n\r\u0008";
    const scene = await openScene(t, {
      steps: [shell("printf '\\033[2J\\033]0;stolen\\007\\377\\376bytes\\n'"), { text: evil }],
    });
    const run = fettleInPty(t, scene, ["try\u001b]0;me\u0007 it"]);
    await run.shows("a␛[2Jb␛]0;stolen");
    await idle(run);
    assert.ok(!run.written().includes("\u001b[2J"));
    assert.ok(!run.written().includes("\u001b[?1049h"));
    assert.ok(!run.written().includes("]0;stolen\u0007"));
    assert.ok(run.screen().join("\n").includes("bytes"));
    assert.doesNotMatch(run.title(), /stolen|^me/);
  });
});
