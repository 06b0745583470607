import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { LoggedEvent } from "@fettle/protocol";
import { done, shell } from "./support/approvals.ts";
import { openScene, type Scene, storedLog, toolResults } from "./support/scripted-run.ts";
import { execOnTerminal } from "./support/terminal-run.ts";

/* Questions on a real terminal, and what becomes of them when the run ends meanwhile. */

const choices = "[n]o, and a word to the model:";

const answered = (events: readonly LoggedEvent[]) =>
  events.flatMap((event) =>
    event.type === "item.completed" && event.item.type === "approval" ? [event.item.answer] : [],
  );

const lastEnd = (scene: Scene) => storedLog(scene.home).findLast((event) => event.type.startsWith("turn."));

describe("a terminal", { concurrency: 2 }, () => {
  test("shows what would run and why, and takes once, thread and no with a word", async (t) => {
    const scene = await openScene(t, {
      steps: [shell("rm -rf one\ntrue"), shell("rm -rf two"), shell("rm -rf two"), shell("rm -rf three"), done],
    });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears("? Run in the sandbox, in ");
    await run.appears("│ rm -rf one\r\n  │ true\r\n  because ");
    await run.appears(choices);
    run.type("what\r");
    await run.appears(choices);
    run.type("o\r");
    await run.appears("✓ allowed once: $ rm -rf one");
    await run.appears(choices);
    run.type("thread\r");
    await run.appears("allowed for this thread");
    await run.appears("│ rm -rf three");
    await run.appears(choices);
    run.type("n keep it, please\r");
    await run.appears("✗ $ rm -rf three — the user said no: keep it, please");
    assert.equal(await run.finished, 0, run.screen());
    assert.deepEqual(answered(storedLog(scene.home)), [
      { choice: "once", by: "person" },
      { choice: "thread", by: "person" },
      { choice: "no", by: "person", message: "keep it, please" },
    ]);
    assert.match(toolResults(scene.server.requests[4])[3] ?? "", /^not run: the user said no: keep it, please\n/);
  });

  test("always: the rule is shown, and what is written holds for that command alone", async (t) => {
    const gone = shell("git branch -D gone");
    const scene = await openScene(t, { steps: [gone, gone, shell("git branch -D other"), done] });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears("always would add: [[rule]]");
    await run.appears(choices);
    run.type("a\r");
    await run.appears('"gone"]');
    run.type("\r");
    await run.appears("git branch -D other");
    await run.appears("[n]o");
    run.type("n\r");
    assert.equal(await run.finished, 0, run.screen());
    const written = readFileSync(join(scene.home, "rules.toml"), "utf8");
    assert.match(written, /^\[\[rule\]\]\nprefix = \["git", "branch", "-D", "gone"\]\n[\s\S]*exact = true/);
    assert.equal(answered(storedLog(scene.home)).length, 2, "the same command again is allowed, another one is not");
  });

  test("text of the model can neither paint over the question nor hide a part of it", async (t) => {
    const scene = await openScene(t, {
      steps: [shell("rm -rf x # \u001b[2K\u001b[1Aharmless\u001b]0;\necho hidden > y\n\u0007"), done],
    });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears("│ rm -rf x # ␛[2K␛[1Aharmless␛]0;\r\n  │ echo hidden > y\r\n  │ \ufffd");
    await run.appears(choices);
    run.type("n\r");
    assert.equal(await run.finished, 0);
    assert.ok(!run.screen().includes("\u001b[1A"));
  });

  test("what the model said before stands above its question", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "I clean up first.", ...shell("rm -rf one") }, done] });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears("I clean up first.\r\n");
    await run.appears("? Run in the sandbox, in ");
    await run.appears(choices);
    run.type("n\r");
    assert.equal(await run.finished, 0, run.screen());
    assert.equal(run.screen().split("I clean up first.").length, 2);
  });

  test("every row of a command has the bar, however it is padded", async (t) => {
    const scene = await openScene(t, {
      steps: [
        shell(`rm -rf y #${" ".repeat(70)}? Run in the sandbox, in /?${" ".repeat(53)}│ ls -la`),
        shell(`rm -rf y #${"_".repeat(70)}? Run in the sandbox, in /?${"宽".repeat(60)}`, {}),
        shell(`rm -rf z${"\n".repeat(300)}true`),
        done,
      ],
    });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears("│ rm -rf y #⟨70 blanks⟩? Run in the sandbox, in /?⟨53 blanks⟩│ ls -la\r\n");
    await run.appears(choices);
    run.type("n\r");
    await run.appears("│ rm -rf y #___");
    await run.appears(choices);
    run.type("n\r");
    await run.appears("│ rm -rf z\r\n  │ ⟨299 empty lines⟩\r\n  │ true\r\n");
    await run.appears(choices);
    run.type("n\r");
    assert.equal(await run.finished, 0, run.screen());
    const rows = run.screen().replaceAll("\r\u001b[K", "").split("\r\n");
    const heads = rows.flatMap((row, index) => (row.startsWith("? Run") ? [index] : []));
    assert.equal(heads.length, 3);
    for (const head of heads) {
      const question = rows.slice(
        head,
        rows.indexOf(rows.slice(head).find((row) => row.startsWith("[o]")) ?? "", head),
      );
      assert.ok(question.length > 2, run.screen());
      for (const row of question.slice(1)) {
        assert.match(row, /^(?: {2}│ | {4}┆ | {2}because | {2}always would add: )/);
        const wide = [...row].filter((character) => character > "~").length;
        assert.ok([...row].length + wide < 80, row);
      }
    }
  });

  test("characters without ink are shown, also in what would be written", async (t) => {
    const hidden = "\u00ad\u061c\ufe0f\u{e0041}\u3164\u115f\u206a\u180e\u2800\u200b\u00a0";
    const scene = await openScene(t, { steps: [shell(`git branch -D 'a${hidden}b'`), done] });
    const run = execOnTerminal(scene, ["go"]);
    const shown = [...hidden].map((one) => `<U+${one.codePointAt(0)?.toString(16).toUpperCase()}>`).join("");
    await run.appears(`│ git branch -D 'a${shown.slice(0, 40)}`);
    await run.appears("always would add: ");
    await run.appears(choices);
    run.type("n\r");
    assert.equal(await run.finished, 0, run.screen());
    for (const one of hidden) assert.ok(!run.screen().includes(one), run.screen());
  });

  test("an interrupt ends the waiting question and the turn", async (t) => {
    const scene = await openScene(t, { steps: [shell("rm -rf x"), done] });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears(choices);
    run.type("\u0003");
    assert.equal(await run.finished, 130, run.screen());
    assert.deepEqual(answered(storedLog(scene.home)), [{ choice: "no", by: "nobody" }]);
    const end = lastEnd(scene);
    assert.equal(end?.type === "turn.failed" && end.error.code, "interrupted");
    assert.equal(scene.server.requests.length, 1);
  });

  test("killed while a question waits: the next run gives it an end and goes on", async (t) => {
    const scene = await openScene(t, { steps: [shell("rm -rf x"), done] });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears(choices);
    process.kill(run.pid(), "SIGKILL");
    await run.finished;
    const again = await scene.exec(["resume", "--last", "--json", "go on"]);
    assert.equal(again.code, 0, again.stderr);
    const [answer] = answered(storedLog(scene.home));
    assert.deepEqual([answer?.choice, answer?.by], ["no", "nobody"]);
    assert.match(toolResults(scene.server.requests[1])[0] ?? "", /fettle was stopped before this finished/);
  });

  test("the end of the input is a no", async (t) => {
    const scene = await openScene(t, { steps: [shell("rm -rf x"), done] });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears(choices);
    run.type("\u0004");
    assert.equal(await run.finished, 0, run.screen());
    assert.deepEqual(answered(storedLog(scene.home)), [{ choice: "no", by: "nobody" }]);
  });

  test("a host that nothing names is one question; escalate is offered", async (t) => {
    const reach = (host: string): string =>
      `exec 9<>/dev/tcp/127.0.0.1/3128; printf 'GET http://${host}/ HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n' >&9; cat <&9`;
    const scene = await openScene(t, { steps: [shell(reach("one.invalid")), shell(reach("two.invalid")), done] });
    const run = execOnTerminal(scene, ["go"]);
    await run.appears("? Let commands reach one.invalid:80 (http)?");
    await run.appears(choices);
    run.type("n\r");
    await run.appears("✗ network one.invalid:80 — you said no");
    await run.appears("two.invalid");
    await run.appears(choices);
    run.type("a\r");
    await run.appears("two.invalid");
    run.type("\r");
    assert.equal(await run.finished, 0, run.screen());
    assert.ok((scene.server.requests[0]?.body ?? "").includes("escalate"));
    assert.equal(readFileSync(join(scene.home, "allowed-hosts"), "utf8"), "two.invalid\n");
    const decided = storedLog(scene.home).filter((event) => event.type === "network.decided");
    assert.deepEqual(
      decided.map(({ host, allowed, why }) => [host, allowed, /no address is known/.test(why)]),
      [
        ["one.invalid", false, false],
        ["two.invalid", false, true],
      ],
    );
  });

  test("-c approval_policy=never asks nothing, on a terminal too", async (t) => {
    const scene = await openScene(t, { steps: [shell("rm -rf x"), done] });
    const run = execOnTerminal(scene, ["-c", "approval_policy=never", "go"]);
    assert.equal(await run.finished, 0, run.screen());
    assert.deepEqual(answered(storedLog(scene.home)), [{ choice: "no", by: "nobody" }]);
    assert.equal(existsSync(join(scene.home, "rules.toml")), false);
  });
});
