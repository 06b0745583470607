import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { done, userRule } from "./support/approvals.ts";
import { allowTools, call, configure, search, serverTables } from "./support/mcp.ts";
import { livingProcesses, openScene, toolResults } from "./support/scripted-run.ts";

/* A server that breaks every promise harms its own call alone: the run goes on, says why, and leaves no process. */

const program = join(import.meta.dirname, "support/programs/hostile-server.ts");

/** What the call says to the model. */
const cases: Readonly<Record<string, RegExp>> = {
  garbage: /after garbage$/,
  strangers: /for you$/,
  floods: /after noise$/,
  storm: /after the storm$/,
  asks: /asked in vain$/,
  dies: /failed: it (?:ended|was ended)/,
  wrongShape: /failed: its answer is not one that the protocol knows$/,
  longError: /failed: (?:[^\p{Cc}]){1,1100}$/u,
  pages: /no harm$/,
  large: /^bad harm · \d+\.\d+ s\ny{1000,}\n… [\d,]+ bytes left out/,
  tooLarge: /failed: it was ended: its message is longer than 64 MB$/,
  endless: /failed: it was ended: its message is longer than 64 MB$/,
};

describe("mcp: a hostile server", { concurrency: 2 }, () => {
  for (const [what, said] of Object.entries(cases))
    test(what, async (t) => {
      const mark = `mark-hostile-${process.pid}-${what}`;
      const scene = await openScene(t, { steps: [search(), call("bad", "harm"), call("good", "harm"), done] });
      configure(scene, serverTables({ bad: { args: [program, what, mark] }, good: { args: [program, "none", mark] } }));
      userRule(scene, allowTools("bad") + allowTools("good"));
      const run = await scene.exec(["--json", "go"]);
      assert.equal(run.code, 0, run.stderr);
      const [, harmed = "", unharmed = ""] = toolResults(scene.server.requests.at(-1));
      assert.match(harmed, said);
      assert.match(unharmed, /no harm$/);
      for (const line of run.stdout.split("\n")) assert.ok(line.length < 200_000, `${line.length} characters`);
      assert.deepEqual(livingProcesses(mark), []);
    });

  test("names", async (t) => {
    const scene = await openScene(t, { steps: [search(), call("bad", "a\u001b[2Jb"), done] });
    configure(scene, serverTables({ bad: { args: [program, "names"] } }));
    userRule(scene, allowTools("bad"));
    const run = await scene.exec(["go"]);
    assert.equal(run.code, 0, run.stderr);
    const [found = "", called = ""] = toolResults(scene.server.requests.at(-1));
    assert.ok(found.length < 2000 && !found.includes("\u001b") && !found.includes("two\nlines"), found);
    assert.match(called, /no harm$/);
    // What a person sees of them moves no cursor and turns no text around.
    const listed = await scene.fettle(["mcp", "test", "bad"]);
    for (const shown of [run.stdout, run.stderr, listed.stdout]) {
      assert.ok(!shown.includes("\u001b[2J") && !shown.includes("\u202e"), JSON.stringify(shown));
    }
  });
});
