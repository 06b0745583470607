import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openScene, printed, storedLog, threadIdOf } from "./support/scripted-run.ts";

type Report = {
  model: string;
  window: number;
  tokens: number;
  share: number;
  parts: { name: string; tokens: number; share: number }[];
  tools: { name: string; tokens: number }[];
  instructions: { path: string; bytes: number; used_bytes: number; included_by?: string; told: string }[];
  skills: { name: string; path: string; told_bytes: number }[];
  notices: string[];
};

describe("fettle context", { concurrency: 2 }, () => {
  test("says what a new thread would begin with, what of it was cut, and sends nothing", async (t) => {
    const scene = await openScene(t, {
      files: {
        "AGENTS.md": `@docs/style.md\n${"rule\n".repeat(40)}`,
        "docs/style.md": "style\n",
        ".agents/skills/tidy/SKILL.md": "---\nname: tidy\ndescription: Tidies.\n---\nDo.\n",
        ".agents/skills/bad/SKILL.md": "nothing\n",
      },
    });
    const limits = ["-c", "project_doc_max_bytes=100", "-c", "model_context_window=10000", "-m", "gpt-5"];
    const text = await scene.fettle(["context", ...limits]);
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /^gpt-5: about [\d,]+ of 10,000 tokens \(\d+\.\d %\)\n/);
    assert.match(text.stdout, /\/AGENTS\.md — 90 of 215 bytes, 125 cut\n/);
    assert.match(text.stdout, /style\.md — 6 of 6 bytes, included by \S+AGENTS\.md\n/);
    assert.match(text.stdout, /! \S+bad\/SKILL\.md:1: this skill is left out: /);
    const { stdout } = await scene.fettle(["context", ...limits, "--json"]);
    const report = JSON.parse(stdout) as Report;
    assert.equal(report.window, 10_000);
    assert.equal(report.share, report.tokens / report.window);
    assert.deepEqual(
      report.parts.map(({ name }) => name),
      ["base instructions", "tools", "environment", "instruction files", "list of skills"],
    );
    assert.ok(report.parts.every(({ tokens, share }) => tokens > 0 && share === tokens / 10_000));
    assert.deepEqual(
      report.tools.map(({ name }) => name),
      [
        ...["shell", "apply_patch", "update_plan", "history", "view_image"],
        ...["agent_start", "agent_wait", "agent_message", "agent_stop"],
      ],
    );
    assert.deepEqual(
      report.skills.map(({ name, told_bytes }) => [name, told_bytes]),
      [["tidy", 0]],
    );
    assert.equal(report.notices.length, 2);
    assert.equal(scene.server.requests.length, 0);
  });

  test("names fettle init only where there is nothing to read", async (t) => {
    const scene = await openScene(t, {});
    const bare = await scene.fettle(["context", "-m", "gpt-5"]);
    assert.match(bare.stdout, /Instruction files\n {2}none; fettle init writes a first one\n/);
    writeFileSync(join(scene.repository, "AGENTS.md"), "rules\n");
    const off = await scene.fettle(["context", "-m", "gpt-5", "-c", "project_doc_max_bytes=0"]);
    assert.match(off.stdout, /Instruction files\n {2}none\n/);
    assert.match(off.stdout, /! instruction files are turned off \(project_doc_max_bytes = 0\)\n/);
  });

  test("says what a thread's next request would hold, also while it runs", async (t) => {
    const scene = await openScene(t, {
      files: { ".agents/skills/tidy/SKILL.md": "---\nname: tidy\ndescription: Tidies.\n---\nDo.\n" },
      steps: [{ calls: [{ name: "shell", arguments: { command: "echo hello" } }] }, { fault: { type: "silent" } }],
    });
    const run = scene.start(["--json", "$tidy please"]);
    await printed(run, (event) => event.type === "item.completed" && event.item.type === "command_execution");
    await scene.server.requested(2);
    const id = threadIdOf(
      run
        .stdout()
        .split("\n")
        .slice(0, 1)
        .map((line) => JSON.parse(line)),
    );
    const before = storedLog(scene.home).length;
    const shown = await scene.fettle(["context", id, "--json"]);
    assert.equal(shown.code, 0, shown.stderr);
    const report = JSON.parse(shown.stdout) as Report;
    const names = report.parts.filter(({ tokens }) => tokens > 0).map(({ name }) => name);
    for (const name of ["your words", "the model's answers", "results of tools"]) assert.ok(names.includes(name), name);
    assert.ok((report.skills[0]?.told_bytes ?? 0) > 0);
    assert.equal(storedLog(scene.home).length, before);
    run.child.kill("SIGINT");
    assert.equal((await run.finished).code, 130);
    assert.equal((await scene.fettle(["context", "--last"])).code, 0);
  });

  test("a thread that is not there, two threads, and a folder that is not there are told", async (t) => {
    const scene = await openScene(t, {});
    writeFileSync(join(scene.repository, "x"), "");
    for (const args of [["nothere"], ["a", "b"], ["a", "--last"], ["-C", "nowhere"], ["--last"]]) {
      const failed = await scene.fettle(["context", ...args]);
      assert.ok(failed.code === 1 || failed.code === 2, args.join(" "));
      assert.match(failed.stderr, /^fettle: [^\n]+\n$/);
    }
  });
});
