import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { done, shell } from "./support/approvals.ts";
import {
  asks,
  claims,
  lastStands as last,
  twoFilesPlan as plan,
  readPlan as read,
  standsIn as stands,
  writePlan as write,
} from "./support/goals.ts";
import {
  appeared,
  itemsOf,
  openScene,
  printed,
  type Scene,
  storedLog,
  threadIdOf,
  toolResults,
  wordsOf,
} from "./support/scripted-run.ts";

/* Work on a plan until its commands pass, through the whole program. */

const lastWords = (scene: Scene): string => wordsOf(scene.server.requests.at(-1), "user").at(-1) ?? "";

describe("goals", { concurrency: 2 }, () => {
  test("works until every command passes, and writes only boxes into the plan", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": plan },
      steps: [shell("touch one.txt"), done, shell("touch two.txt"), claims("It is explained."), { text: "All there." }],
    });
    const run = await scene.exec(["--goal", "PLAN.md"]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout, "All there.\n");
    assert.equal(read(scene), plan.replaceAll("[ ]", "[x]"));
    assert.match(run.stderr, /goal: done \(3 of 3 steps, 2 turns, \d+ s\)/);
    assert.match(run.stderr, /✓ There is one\.txt — verified/);
    assert.match(run.stderr, /\? It is explained — unproven/);
    assert.match(run.stderr, /✓ test -f one\.txt — passed on the final files/);
    const [first] = scene.server.requests;
    assert.match(
      wordsOf(first, "user")[0] ?? "",
      /Some prose\.[\s\S]*2\. There is two\.txt \[open: its command fails\]/,
    );
    assert.match(wordsOf(scene.server.requests[2], "user").at(-1) ?? "", /^Verified now: "There is one\.txt"\./);
  });

  test("a line of the plan that looks like a command and is none is named before anything is done", async (t) => {
    const text = "- [ ] It is there\n  verify: `test -f a.txt`\n- [ ] It is gone (verify: test ! -f b.txt)\n";
    const scene = await openScene(t, {
      files: { "PLAN.md": text },
      steps: [claims("It is gone (verify: test ! -f b.txt)"), done],
    });
    const run = await scene.exec(["--goal", "PLAN.md"]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(
      run.stderr,
      /^[^\n]*PLAN\.md:3: not taken as a command, or not all of it; a step has one, below it on an indented line/,
    );
    assert.match(run.stderr, /\? It is gone .* — unproven/);
  });

  test("a claim does not tick what a command denies, and a box that is ticked in vain is unticked", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": plan.replace("- [ ] There is one.txt", "- [x] There is one.txt") },
      steps: [
        claims("There is one.txt", "There is two.txt", "It is explained"),
        { text: "All done, I promise." },
        shell("touch one.txt two.txt"),
        done,
      ],
    });
    const run = await scene.exec(["--json", "--goal", "PLAN.md"]);
    assert.equal(run.code, 0, run.stderr);
    const [look, first, second] = stands(run.events());
    assert.deepEqual(
      look?.steps.map(({ standing }) => standing),
      ["failed", "failed", "open"],
    );
    assert.deepEqual(
      first?.steps.map(({ standing }) => standing),
      ["failed", "failed", "claimed"],
    );
    assert.equal(second?.status, "done");
    assert.match(wordsOf(scene.server.requests[2], "user").at(-1) ?? "", /No further step was verified\./);
    assert.equal(read(scene), plan.replaceAll("[ ]", "[x]"));
  });

  test("what passed before and fails now is unticked and told", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": plan },
      steps: [shell("touch one.txt"), done, shell("rm one.txt; touch two.txt"), done],
    });
    const run = await scene.exec(["--json", "--goal", "PLAN.md", "--max-turns", "2"]);
    assert.equal(run.code, 4, run.stderr);
    assert.deepEqual(last(run.events()), [
      "There is one.txt: failed",
      "There is two.txt: verified",
      "It is explained: open",
    ]);
    assert.equal(read(scene), plan, "one.txt was ticked and unticked, two.txt unticked and ticked");
  });

  test("without new evidence it asks for another approach, then stops and reports", async (t) => {
    const scene = await openScene(t, { files: { "PLAN.md": plan }, steps: Array.from({ length: 9 }, () => done) });
    const run = await scene.exec(["--goal", "PLAN.md"]);
    assert.equal(run.code, 3, run.stderr);
    const asked = scene.server.requests.map((request) =>
      wordsOf(request, "user").at(-1)?.includes("Change your approach"),
    );
    assert.deepEqual(asked, [false, false, false, true, true, true]);
    assert.match(run.stderr, /goal: stopped, because nothing new was seen for too many turns/);
    assert.match(run.stderr, /✗ There is one\.txt — its command fails/);

    scene.server.push(shell("touch one.txt two.txt"), claims("It is explained"), done);
    const on = await scene.exec(["resume", "--last", "just touch them"]);
    assert.equal(on.code, 0, on.stderr);
    assert.equal(wordsOf(scene.server.requests[6], "user").at(-1)?.includes("The person says: just touch them"), true);
  });

  test("output that differs only in times is no evidence; files that change count half", async (t) => {
    const changing = `- [ ] It works\n  verify: \`date +%s.%N; echo took $RANDOM ms; false\`\n`;
    const idle = await openScene(t, { files: { "PLAN.md": changing }, steps: Array.from({ length: 9 }, () => done) });
    assert.equal((await idle.exec(["--goal", "PLAN.md"])).code, 3);
    assert.equal(idle.server.requests.length, 6);
    const busy = await openScene(t, {
      files: { "PLAN.md": changing },
      steps: Array.from({ length: 12 }, (_, turn) => [shell(`echo ${turn} >> notes.txt`), done]).flat(),
    });
    const run = await busy.exec(["--json", "--goal", "PLAN.md"]);
    assert.equal(run.code, 3, run.stderr);
    assert.equal(stands(run.events()).at(-1)?.turns, 12);
  });

  test("limits of turns and time hold for the goal in all", async (t) => {
    const scene = await openScene(t, { files: { "PLAN.md": plan }, steps: [shell("touch one.txt"), done] });
    assert.equal((await scene.exec(["--goal", "PLAN.md", "--max-turns", "1"])).code, 4);
    const still = await scene.exec(["resume", "--last"]);
    assert.equal(still.code, 4, still.stderr);
    assert.match(still.stderr, /stopped at a limit \(--max-turns 1\)/);
    assert.equal(scene.server.requests.length, 2, "no more turns");
    const late = await scene.exec(["resume", "--last", "--max-turns", "9", "--max-time", "0.001s"]);
    assert.equal(late.code, 4, late.stderr);
    assert.equal(scene.server.requests.length, 2, "no more time");
    assert.match(
      late.stderr,
      /goal: stopped at a limit \(--max-time, 0 s\); go on with: fettle exec resume --last and a higher one \(1 of 3/,
    );
    scene.server.push(shell("touch two.txt"), claims("It is explained"), done);
    const on = await scene.exec(["resume", "--last", "--max-time", "2h"]);
    assert.equal(on.code, 0, on.stderr);
    const ordinary = await scene.exec(["resume", "--last"], { input: "thanks" });
    assert.equal(ordinary.code, 1, "a goal that is reached is over: the script has no answer for an ordinary turn");
    assert.match(lastWords(scene), /^thanks$/);
  });

  test("words that are queued go with the next turn of the goal", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": plan },
      steps: [
        shell("touch one.txt; read -r word < gate"),
        done,
        shell("touch two.txt"),
        claims("It is explained"),
        done,
      ],
    });
    execFileSync("mkfifo", [join(scene.repository, "gate")]);
    const run = scene.start(["--json", "--goal", "PLAN.md"]);
    const started = await printed(run, (event) => event.type === "thread.started");
    await printed(
      run,
      (event) =>
        event.type === "item.started" &&
        event.item.type === "command_execution" &&
        event.item.command.includes("< gate"),
    );
    const said = await scene.fettle(["steer", "--queue", threadIdOf([started]), "mind the tests"]);
    assert.equal(said.code, 0, said.stderr);
    await writeFile(join(scene.repository, "gate"), "go\n");
    const ended = await run.finished;
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(wordsOf(scene.server.requests[1], "user").includes("mind the tests"), false, "not in the same turn");
    const [words, further] = wordsOf(scene.server.requests[2], "user").slice(-2);
    assert.equal(words, "mind the tests");
    assert.match(further ?? "", /^Verified now/);
  });

  test("the budget of a thread ends a goal's turn, and a command that hangs ends with the time", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": plan },
      steps: [{ ...shell("touch one.txt"), usage: { input: 900, output: 200 } }],
    });
    const run = await scene.exec(["--goal", "PLAN.md", "--max-tokens", "1000"]);
    assert.equal(run.code, 4, run.stderr);
    assert.match(run.stderr, /goal: stopped at a limit/);
    write(scene, "- [ ] It ends\n  verify: `sleep 600`\n");
    const hanging = await scene.exec(["--json", "--goal", "PLAN.md", "--max-time", "1s"]);
    assert.equal(hanging.code, 4, hanging.stderr);
    assert.equal(itemsOf(hanging.events(), "command_execution").at(-1)?.error, "timed out");
  });

  test("time that is over in the middle of a turn ends it at its next step", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": plan },
      steps: [shell("sleep 2"), shell("touch one.txt"), done],
    });
    const run = await scene.exec(["--goal", "PLAN.md", "--max-time", "2s"]);
    assert.equal(run.code, 4, run.stderr);
    assert.match(run.stderr, /goal: stopped at a limit/);
    assert.ok(scene.server.requests.length <= 1, "what was asked for is finished, and nothing more is asked");
  });

  test("killed in the middle of a turn, it goes on without doing verified steps again", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": plan },
      steps: [shell("touch one.txt"), done, shell("touch began; sleep 600")],
    });
    const run = scene.start(["--json", "--goal", "PLAN.md", "--max-turns", "8"]);
    await appeared(join(scene.repository, "began"));
    run.child.kill("SIGKILL");
    await run.finished;
    assert.match(read(scene), /\[x\] There is one\.txt/);
    scene.server.push(shell("touch two.txt"), claims("It is explained"), done);
    const on = await scene.exec(["resume", "--last", "--json"]);
    assert.equal(on.code, 0, on.stderr);
    const words = wordsOf(scene.server.requests[3], "user").at(-1) ?? "";
    assert.match(words, /^Go on with the goal in .*PLAN\.md\.\n/);
    assert.match(words, /1\. There is one\.txt \[done: its command passed\]/);
    const stand = stands(storedLog(scene.home)).at(-1);
    assert.equal(stand?.max_turns, 8, "the limits are kept");
    assert.equal(stand?.turns, 3, "the turn that was killed counts");
    assert.equal(read(scene), plan.replaceAll("[ ]", "[x]"));
  });

  test("killed before its first turn, it begins with the whole plan", async (t) => {
    const once = "test -f began || { touch began; sleep 600; }";
    const scene = await openScene(t, {
      files: { "PLAN.md": `Prose.\n- [ ] first\n  verify: \`${once}\`\n- [ ] second\n` },
      steps: [claims("second"), done],
    });
    const run = scene.start(["--json", "--goal", "PLAN.md"]);
    await appeared(join(scene.repository, "began"));
    run.child.kill("SIGKILL");
    await run.finished;
    const on = await scene.exec(["resume", "--last", "quick"]);
    assert.equal(on.code, 0, on.stderr);
    const words = wordsOf(scene.server.requests[0], "user").at(-1) ?? "";
    assert.match(words, /^Work on the goal in .*\n\nThe person says: quick\n\n[\s\S]*<plan>\nProse\./);
  });

  test("interrupted, it ends with 130 and can be resumed, or left alone", async (t) => {
    const scene = await openScene(t, { files: { "PLAN.md": plan }, steps: [shell("touch began; sleep 600")] });
    const run = scene.start(["--goal", "PLAN.md"]);
    await appeared(join(scene.repository, "began"));
    run.child.kill("SIGINT");
    assert.equal((await run.finished).code, 130);
    scene.server.push({ text: "It is a plan." });
    const aside = await scene.exec(["resume", "--last", "--no-goal", "what is this?"]);
    assert.equal(aside.code, 0, aside.stderr);
    assert.equal(aside.stdout, "It is a plan.\n");
    scene.server.push(shell("touch one.txt two.txt"), claims("It is explained"), done);
    assert.equal((await scene.exec(["resume", "--last"])).code, 0);
  });

  test("what a person edits meanwhile is kept and counts", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": plan },
      steps: [
        shell("touch one.txt; mkfifo go; touch began; cat go; rm go"),
        done,
        shell("touch two.txt three.txt"),
        done,
      ],
    });
    const run = scene.start(["--json", "--goal", "PLAN.md"]);
    await appeared(join(scene.repository, "began"));
    const edited = `${plan.replace("- [ ] It is", "- [x] It is").replace("Some prose", "Other prose")}- [ ] Three\r\n  verify: test -f three.txt\r\n`;
    // As editors save: another file in its place.
    writeFileSync(join(scene.repository, "new"), edited);
    renameSync(join(scene.repository, "new"), join(scene.repository, "PLAN.md"));
    await writeFile(join(scene.repository, "go"), "");
    const { code, stderr } = await run.finished;
    assert.equal(code, 0, stderr);
    assert.match(wordsOf(scene.server.requests[2], "user").at(-1) ?? "", /4\. Three \[open: its command fails\]/);
    assert.equal(read(scene), edited.replaceAll("[ ]", "[x]"));
  });

  test("a person who unticks a box has the word", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": "- [ ] a\n- [ ] b\n  verify: `test -f b`\n" },
      steps: [
        claims("a"),
        done,
        shell("mkfifo go; touch began; cat go; rm go began"),
        claims("a"),
        done,
        claims("a"),
        shell("touch b"),
        done,
      ],
    });
    const run = scene.start(["--json", "--goal", "PLAN.md"]);
    await appeared(join(scene.repository, "began"));
    assert.match(read(scene), /\[x\] a/);
    write(scene, read(scene).replace("[x] a", "[ ] a"));
    await writeFile(join(scene.repository, "go"), "");
    assert.equal((await run.finished).code, 0);
    assert.match(wordsOf(scene.server.requests[5], "user").at(-1) ?? "", /A person has unticked: "a"\./);
    assert.match(read(scene), /\[x\] a\n- \[x\] b/);
  });

  test("a plan that is gone when its goal goes on is named with the ways out", async (t) => {
    const scene = await openScene(t, { files: { "PLAN.md": plan }, steps: [done] });
    assert.equal((await scene.exec(["--goal", "PLAN.md", "--max-turns", "1"])).code, 4);
    renameSync(join(scene.repository, "PLAN.md"), join(scene.repository, "OTHER.md"));
    const refused = await scene.exec(["resume", "--last", "go on"]);
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /PLAN\.md cannot be read \(ENOENT\); mend it, .* --goal FILE, or go on without: --no-goal\n$/,
    );
    scene.server.push(done);
    assert.equal((await scene.exec(["resume", "--last", "--no-goal", "go on"])).code, 0);
  });

  test("a question waits in the plan while other steps go on", async (t) => {
    const scene = await openScene(t, {
      files: { "PLAN.md": plan },
      steps: [
        asks(1, "Which name?\n- [x] It is explained"),
        asks(9, "What?"),
        shell("touch two.txt"),
        claims("It is explained"),
        done,
      ],
    });
    const run = await scene.exec(["--json", "--goal", "PLAN.md"]);
    assert.equal(run.code, 5, run.stderr);
    const [first = "", second = ""] = toolResults(scene.server.requests[2]);
    assert.match(first, /^Noted below step 1 in the plan/);
    assert.match(second, /^There is no step 9; the steps are 1 to 3/);
    assert.deepEqual(last(run.events()), [
      "There is one.txt: waiting",
      "There is two.txt: verified",
      "It is explained: claimed",
    ]);
    assert.match(read(scene), /one\.txt`\n {2}> question: Which name\? - \[x\] It is explained\n- \[x\] There is two/);
    assert.equal(itemsOf(run.events(), "tool_call")[0]?.tool, "ask_person");

    const waits = await scene.exec(["resume", "--last"]);
    assert.equal(waits.code, 5);
    assert.match(waits.stderr, /goal: only questions are left; answer them in the plan/);
    assert.equal(scene.server.requests.length, 5, "the model is not asked for nothing");

    scene.server.push(asks(1, "Sure?"), done);
    const said = await scene.exec(["resume", "--last", "one.txt, of course"]);
    assert.equal(said.code, 5, said.stderr);
    assert.match(wordsOf(scene.server.requests[5], "user").at(-1) ?? "", /a person answered: one\.txt, of course/);
    assert.match(read(scene), /> answer: one\.txt, of course\n {2}> question: Sure\?\n- \[x\]/);

    write(scene, read(scene).replace("> question: Sure?\n", "> question: Sure?\n  > answer: yes\n"));
    scene.server.push(shell("touch one.txt"), done);
    assert.equal((await scene.exec(["resume", "--last"])).code, 0);
  });
});
