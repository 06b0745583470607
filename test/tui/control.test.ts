import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { done, shell } from "../support/approvals.ts";
import { fettleInPty, idle, inputOf, type PtyRun } from "../support/pty.ts";
import { openScene, storedLog, toolResults } from "../support/scripted-run.ts";

/* Who is in control: stopping at every moment, modes in which nothing changes, plans and goals, any keys at all. */

const timeout = 90_000;
const esc = "\u001b";
const ctrlC = "\u0003";
const ctrlZ = "\u001a";

const lastEnd = (home: string): string | undefined =>
  storedLog(home).findLast((event) => event.type.startsWith("turn."))?.type;

/** Resolves once the kernel says that the process is stopped. */
const stopped = async (run: PtyRun): Promise<void> => {
  while (!/\) T /.test(readFileSync(`/proc/${run.pid}/stat`, "utf8")))
    await new Promise<void>((resolve) => setImmediate(resolve));
};

/** The rows of the thread: from its first words to the input. */
const threadRows = (run: PtyRun, words: string): string[] => {
  const rows = run.all();
  return rows.slice(
    rows.findIndex((row) => row === `› ${words}`),
    rows.findLastIndex((row) => row === "›"),
  );
};

describe("control", { concurrency: 2 }, () => {
  test("Escape stops a running command, and a turn that waits for an answer", { timeout }, async (t) => {
    const scene = await openScene(t, {
      steps: [shell("echo begun; sleep 1000"), shell("rm -rf x"), { text: "third" }],
    });
    const run = fettleInPty(t, scene, ["go on"]);
    await run.shows("begun");
    run.type(esc);
    await idle(run);
    assert.equal(lastEnd(scene.home), "turn.failed");
    run.type("try once more\r");
    await run.shows("│ rm -rf x");
    run.type(esc);
    await idle(run);
    await run.lacks("│ rm -rf x");
    assert.equal(lastEnd(scene.home), "turn.failed");
    run.type("and again\r");
    await run.shows("third");
    await idle(run);
    assert.equal(lastEnd(scene.home), "turn.completed");
  });

  test("Escape in the moment of sending leaves nothing running and no word lost", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [{ text: "half", fault: { type: "hang" } }, done] });
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("go on\r");
    await run.shows("● ");
    run.type(esc);
    await idle(run);
    const kept = inputOf(run).includes("go on") || run.all().includes("› go on");
    assert.ok(kept, run.screen().join("\n"));
  });

  test("a question's turn cannot change anything, the next one can", { timeout }, async (t) => {
    const scene = await openScene(t, {
      steps: [shell("touch asked.txt"), { text: "Answered." }, shell("touch told.txt"), { text: "Made." }],
    });
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("/ask what is here?\r");
    await run.shows("Answered.");
    await idle(run);
    assert.match(toolResults(scene.server.requests[1])[0] ?? "", /Read-only file system/);
    assert.ok(!existsSync(join(scene.repository, "asked.txt")));
    run.type("make it\r");
    await run.shows("Made.");
    await idle(run);
    assert.ok(existsSync(join(scene.repository, "told.txt")));
  });

  test("a plan is written, and a goal works until its steps are proved", { timeout }, async (t) => {
    const scene = await openScene(t, {
      steps: [
        { text: "# A file\n- [ ] there is a file\n  verify: `test -e made.txt`\n" },
        shell("touch made.txt"),
        { text: "It is there." },
      ],
    });
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("/plan a file\r");
    await run.shows("PLAN.md: 1 steps.");
    await idle(run);
    run.type("/goal\r");
    await run.shows("It is there.");
    await idle(run);
    assert.match(readFileSync(join(scene.repository, "PLAN.md"), "utf8"), /- \[x\] there is a file/);
  });

  test("the model is changed by name, and a wrong word changes nothing", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [done] });
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("/effort nonsense\r");
    await run.shows("must be one of none, minimal");
    run.type("/model gpt-5-mini\r");
    await run.shows("run · gpt-5-mini");
    run.type("go on\r");
    await run.shows("done");
    assert.equal((JSON.parse(scene.server.requests[0]?.body ?? "{}") as { model?: string }).model, "gpt-5-mini");
  });

  test("Ctrl-Z gives the terminal back, and what was typed is there after it", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: [done] });
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    run.type("half a sentence");
    await run.until("the words", () => inputOf(run) === "half a sentence");
    run.type(ctrlZ);
    await stopped(run);
    await run.until("the terminal as it was", () => run.written().includes("\u001b[?2004l"));
    await run.lacks("half a sentence");
    process.kill(run.pid, "SIGCONT");
    run.type(", and its end");
    await run.until("the words", () => inputOf(run) === "half a sentence, and its end");
    assert.equal(run.all().filter((row) => row.startsWith("›")).length, 1);
  });

  test("a stored thread gives the rows that it gave while it ran", { timeout }, async (t) => {
    const text = "# Findings\n\n- one\n- two\n\n```ts\nconst a = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
    const scene = await openScene(t, { steps: [{ text: "Looking.", ...shell("echo hello; ls") }, { text }] });
    const live = fettleInPty(t, scene, ["look around"]);
    await live.shows("Findings");
    await idle(live);
    const replayed = fettleInPty(t, scene, ["resume", "--last"]);
    await replayed.shows("Findings");
    await replayed.shows("gpt-5");
    assert.ok(threadRows(live, "look around").length > 12);
    assert.deepEqual(threadRows(replayed, "look around"), threadRows(live, "look around"));
  });

  test("any keys leave it alive, with what is typed afterwards", { timeout }, async (t) => {
    const scene = await openScene(t, { steps: Array.from({ length: 400 }, () => ({ text: "ok" })) });
    const run = fettleInPty(t, scene);
    await run.shows("gpt-5");
    // All but those that end it, suspend it, or start another program.
    const key = fc.constantFrom(
      ..."abotn/!@$ {}\t\r\u007f宽é👍".split(""),
      ...["\u0001", "\u0005", "\u000b", "\u000f", "\u0010", "\u0012", "\u0014", "\u0015", "\u0017", "\u0019", "\u001f"],
      ...[
        "[A",
        "[B",
        "[C",
        "[D",
        "[H",
        "[F",
        "[Z",
        "[5~",
        "[6~",
        "[3~",
        "OP",
        "v",
        "b",
        "f",
        "[200~x\ry\u001b[201~",
      ].map((end) => `${esc}${end}`),
      `${esc}[99999;1$`,
      `${esc}]11;rgb:`,
    );
    const keys = fc.sample(fc.array(key, { minLength: 400, maxLength: 400 }), { numRuns: 1, seed: 7 })[0] ?? [];
    for (const one of keys) run.type(one);
    // Out of whatever was opened, one thing after another.
    const clear = async (): Promise<void> => {
      run.type(`q${esc}`);
      await run.until("any screen", () => true);
      run.type(`x${ctrlC}`);
    };
    for (let index = 0; index < 6; index++) await clear();
    await idle(run);
    run.type("still here");
    await run.until("the words", () => inputOf(run).endsWith("still here"));
  });
});
