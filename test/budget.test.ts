import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { itemsOf, openScene, toolResults } from "./support/scripted-run.ts";

/* What a thread may cost, through the whole program. */

const work = (input: number): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command: "echo worked >> log.txt" } }],
  usage: { input, output: 10 },
});

describe("budget", { concurrency: 2 }, () => {
  test("stops after the command it was at, says how far it came, and goes on with a larger one", async (t) => {
    const scene = await openScene(t, {
      steps: [work(400), work(700), { text: "Done.", usage: { input: 20, output: 5 } }],
    });
    const done = await scene.exec(["--json", "--max-tokens", "1000", "go"]);
    assert.equal(done.code, 4, done.stderr);
    assert.equal(scene.server.requests.length, 2);
    assert.equal(itemsOf(done.events(), "command_execution").length, 2, "what was asked for is finished");
    assert.match(
      itemsOf(done.events(), "error").at(-1)?.message ?? "",
      /^stopped by the budget\. last command: echo worked/,
    );
    assert.match(
      done.stdout,
      /"message":"this thread has used 1,120 tokens of its 1,000; a higher --max-tokens goes on","code":"budget"/,
    );

    const still = await scene.exec(["resume", "--last", "--max-tokens", "1000", "go on"]);
    assert.equal(still.code, 4);
    assert.equal(scene.server.requests.length, 2, "nothing more is spent");

    const on = await scene.exec(["resume", "--last", "--max-tokens", "5000", "go on"]);
    assert.equal(on.code, 0, on.stderr);
    assert.equal(toolResults(scene.server.requests[2]).length, 2);
  });

  test("counts money by the configuration's prices and shows it", async (t) => {
    const prices = ["-c", 'prices."gpt-5"={input=1000,output=5000}'];
    const scene = await openScene(t, { steps: [work(1000), { text: "Done.", usage: { input: 1000, output: 10 } }] });
    const done = await scene.exec([...prices, "--max-cost", "5", "go"]);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stderr, /2\.0k tokens in, 20 out · \$2\.10 for the thread$/m);
    const stopped = await scene.exec([...prices, "resume", "--last", "--max-cost", "2", "go on"]);
    assert.equal(stopped.code, 4);
    assert.match(stopped.stderr, /this thread has cost \$2\.10 of its \$2\.00/);
  });

  test("a limit of money needs a price; limits are numbers above 0", async (t) => {
    const scene = await openScene(t);
    const unknown = await scene.exec([...scene.chat(), "--max-cost", "1", "go"]);
    assert.equal(unknown.code, 2);
    assert.match(
      unknown.stderr,
      /needs the price of near\/scripted, which is not known; add to the configuration: prices\."near\/scripted" = \{ input = USD, output = USD \}/,
    );
    // The thread was begun with that model: what it cost is not known now either, and a limit that does not hold is none.
    scene.server.push({ text: "Done." });
    assert.equal((await scene.exec([...scene.chat(), "go"])).code, 0);
    const other = await scene.exec(["resume", "--last", "--max-cost", "1", "go on"]);
    assert.equal(other.code, 4, other.stderr);
    assert.match(other.stderr, /✗ a limit of \$1\.00 needs the price of near\/scripted, which is not known; add/);
    for (const wrong of ["0", "-1", "much"]) {
      const refused = await scene.exec(["--max-cost", wrong, "go"]);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /--max-cost/);
    }
    assert.equal(scene.server.requests.length, 1);
  });
});
