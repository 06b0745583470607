import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { done, shell } from "../support/approvals.ts";
import { fettleInPty } from "../support/pty.ts";
import { itemsOf, openScene, storedLog, wordsOf } from "../support/scripted-run.ts";

/* The terminal program as a person meets it: turns, steering, queueing, interrupting. */

const timeout = 60_000;

describe("a turn in the terminal program", { concurrency: 2 }, () => {
  test("what was typed reaches the model, and the answer stands in the scrollback", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "Hello from the model." }] });
    const run = fettleInPty(t, scene);
    await run.shows("›");
    run.type("say hello\r");
    await run.shows("Hello from the model.");
    await run.lacks("working");
    run.type("\u0004");
    assert.equal(await run.finished, 0);
    assert.deepEqual(wordsOf(scene.server.requests[0], "user").at(-1), "say hello");
    assert.ok(run.all().some((row) => row.startsWith("go on with: fettle resume ")));
  });
});
void [done, shell, itemsOf, storedLog];
