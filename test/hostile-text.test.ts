import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { answer, answers, shell } from "./support/approvals.ts";
import { itemsOf, openScene, threadIdOf } from "./support/scripted-run.ts";
import { execOnTerminal } from "./support/terminal-run.ts";

/* Texts of models, commands and files that would paint over the screen, reorder what is read, or type for the user. */

const nasty = "x\u001b[2J\u001b]0;t\u0007\u009b1A\u202ey\u2066\u200bz\r";
const harmful = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const steps = [
  {
    reasoning: { text: `thinking ${nasty}` },
    text: `I begin ${nasty}`,
    calls: [{ name: "update_plan", arguments: { plan: [{ step: `plan ${nasty}`, status: "in_progress" }] } }],
  },
  shell(`printf '%s\\n' 'said ${nasty}'; false # ${nasty}`),
  shell(`rm -rf '${nasty}'`),
  {
    calls: [
      { name: "apply_patch", input: `*** Begin Patch\n*** Add File: f\u202e\u0007.txt\n+${nasty}\n*** End Patch\n` },
    ],
  },
  {
    calls: [
      {
        name: "apply_patch",
        input: `*** Begin Patch\n*** Update File: no\u202e\u0007.txt\n-${nasty}\n*** End Patch\n`,
      },
    ],
  },
  { calls: [{ name: `no\u202etool\u0007`, arguments: {} }] },
  { text: `the answer ${nasty}` },
];

describe("text that would do harm", { concurrency: 2 }, () => {
  test("is shown by its codes in text output, piped too; JSON and -o have it as it was", async (t) => {
    const scene = await openScene(t, { steps: [...steps, ...steps] });
    const file = answers(scene, answer("*", "once"));
    const out = join(scene.home, "..", "answer.txt");
    const run = await scene.exec([...file, "-o", out, "go"]);
    assert.equal(run.code, 0, run.stderr);
    for (const text of [run.stdout, run.stderr]) assert.doesNotMatch(text, harmful);
    assert.equal(run.stdout, "the answer x␛[2J␛]0;t\ufffd\ufffd1A<U+202E>y<U+2066><U+200B>z\n\n");
    for (const part of [
      "thinking x␛[2J",
      "I begin x␛[2J",
      "plan x␛[2J",
      "said x␛[2J",
      "$ rm -rf 'x␛[2J",
      "f<U+202E>\ufffd.txt",
      "no<U+202E>\ufffd.txt",
    ])
      assert.ok(run.stderr.includes(part), `${part} in\n${run.stderr}`);
    assert.equal(readFileSync(out, "utf8"), `the answer ${nasty}`);
    writeFileSync(out, "");
    const json = await scene.exec(["resume", "--last", "--json", ...file, "go"]);
    assert.equal(itemsOf(json.events(), "agent_message").at(-1)?.text, `the answer ${nasty}`);
    const shown = await scene.fettle(["threads", "show", threadIdOf(json.events())]);
    assert.doesNotMatch(shown.stdout + (await scene.fettle(["threads"])).stdout, harmful);
  });

  test("is shown by its codes on a terminal", async (t) => {
    const scene = await openScene(t, { steps });
    const run = execOnTerminal(scene, ["-c", "approval_policy=never", "go"]);
    assert.equal(await run.finished, 0, run.screen());
    // What fettle writes itself: line ends and the erasing of its own status line.
    assert.doesNotMatch(run.screen().replaceAll("\r\u001b[K", "").replaceAll("\r\n", "\n"), harmful);
    assert.ok(run.screen().includes("the answer x␛[2J"));
  });

  test("in an error it is shown too", async (t) => {
    const scene = await openScene(t);
    const run = await scene.fettle(["exec", "-C", `no${nasty}`, "go"]);
    assert.equal(run.code, 2);
    assert.doesNotMatch(run.stderr, harmful);
    assert.match(run.stderr, /^fettle: -C: there is no folder nox␛\[2J/);
  });
});
