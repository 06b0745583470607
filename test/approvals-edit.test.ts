import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { done, shell } from "./support/approvals.ts";
import { itemsOf, openScene, storedLog } from "./support/scripted-run.ts";
import { execOnTerminal } from "./support/terminal-run.ts";

/* A rule that a person changes on the terminal before it is written. */

const choices = "[n]o, and a word to the model:";
const eraseLine = "\u0015";

describe("a terminal: the rule is changed", { concurrency: 2 }, () => {
  test("what does not cover the command, or is no rule, is said and asked about again", async (t) => {
    const scene = await openScene(t, { steps: [shell("git branch -D gone"), shell("git branch -D other"), done] });
    const run = execOnTerminal(scene, ["go"]);
    const write = async (words: string): Promise<void> => {
      await run.appears(choices);
      run.type("a\r");
      await run.appears("write (Enter takes it, empty leaves it out): ");
      run.type(`${words}\r`);
    };
    await write(`${eraseLine}["git", "tag"]`);
    await run.appears("! not written: git tag speaks of no command here\r\n");
    await write(`${eraseLine}["git", "branch`);
    await run.appears("! not written: invalid TOML");
    await write(`${eraseLine}["git", "branch", "-D", ["gone", "other"]]`);
    await run.appears('always would add: [[rule]] ⏎ prefix = ["git", "branch", "-D", ["gone"');
    await run.appears("that allows exactly: git branch -D (gone|other)\r\n");
    assert.equal(existsSync(join(scene.home, "rules.toml")), false, "nothing is written unseen");
    await write("");
    await run.appears("✓ allowed always: $ git branch -D gone");
    assert.equal(await run.finished, 0, run.screen());
    const text = '[[rule]]\nprefix = ["git", "branch", "-D", ["gone", "other"]]\ndecision = "allow"\nexact = true\n';
    assert.equal(readFileSync(join(scene.home, "rules.toml"), "utf8"), text);
    assert.deepEqual(
      itemsOf(storedLog(scene.home), "approval").map(({ proposal, answer }) => [proposal, answer]),
      [[text, { choice: "always", by: "person" }]],
    );
  });

  test("a changed rule that is seen can still be refused", async (t) => {
    const scene = await openScene(t, { steps: [shell("git branch -D gone"), done] });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears(choices);
    run.type("a\r");
    await run.appears('"gone"]');
    run.type(`${eraseLine}["git", "branch"]\r`);
    await run.appears("! not written: git branch does not count here");
    await run.appears(choices);
    run.type("n leave it\r");
    await run.appears("the user said no: leave it");
    assert.equal(await run.finished, 0, run.screen());
    assert.equal(existsSync(join(scene.home, "rules.toml")), false);
  });

  test("a rule for outside of the sandbox is marked on the line that can be changed", async (t) => {
    const scene = await openScene(t, { steps: [shell("mkdir made", { escalate: "please" }), done] });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears("? Run outside of the sandbox, with your rights");
    await run.appears("always would add, for OUTSIDE OF THE SANDBOX: [[rule]]");
    await run.appears(choices);
    run.type("a\r");
    await run.appears("write, for OUTSIDE OF THE SANDBOX (Enter takes it");
    run.type("\r");
    await run.appears("✓ allowed always: $ mkdir made");
    assert.equal(await run.finished, 0, run.screen());
    assert.match(readFileSync(join(scene.home, "rules.toml"), "utf8"), /^run = "host"$/m);
  });
});
