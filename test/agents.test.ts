import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { addUsage, noUsage } from "@fettle/protocol";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { byTask, startAgent, storedLogs, waitFor } from "./support/agents.ts";
import { done, shell } from "./support/approvals.ts";
import { git } from "./support/fettle.ts";
import { itemsOf, openScene, type Scene, threadIdOf, toolResults, wordsOf } from "./support/scripted-run.ts";

/* Helpers in threads and copies of their own: at once, merged whole or not at all, counted once. */

const read = (scene: Scene, name: string): string => readFileSync(join(scene.repository, name), "utf8");
const copies = (scene: Scene): string[] => {
  const folder = join(scene.home, "worktrees");
  return existsSync(folder) ? readdirSync(folder) : [];
};
const lines = (...changed: [number, string][]): string =>
  Array.from({ length: 9 }, (_, index) => changed.find(([at]) => at === index)?.[1] ?? `line ${index}`).join("\n");
/** What the tools have answered to the thread that began with these words. */
const results = (scene: Scene, task: string): string[] =>
  toolResults(scene.server.requests.findLast((request) => wordsOf(request, "user")[0] === task));

describe("agents", { concurrency: 2 }, () => {
  test("four edit at once in copies; what fits is merged, a conflict is refused whole and decided", async (t) => {
    const scene = await openScene(t, { files: { "b.txt": "beta\n", "shared.txt": lines() } });
    const meeting = join(scene.home, "..", "meeting");
    mkdirSync(meeting);
    // None goes on before all four are at work.
    const edit = (name: string, script: string): ScriptedStep[] => [
      shell(`touch ${meeting}/${name}; until [ "$(ls ${meeting} | wc -l)" = 4 ]; do sleep 0.02; done; ${script}`, {
        yield_ms: 600_000,
      }),
      { text: `${name} is edited` },
    ];
    writeFileSync(join(scene.repository, "a.txt"), "alpha, not committed\n");
    writeFileSync(join(scene.repository, "new.txt"), "not added\n");
    const before = git(scene.repository, "status", "--porcelain");
    scene.server.push(
      ...byTask({
        "share it out": [
          {
            calls: ["one: a", "two: b", "three: top", "four: both"].map((task) => startAgent("implementer", task)),
          },
          waitFor(),
          waitFor({ agents: ["a4"], conflicts: "theirs" }),
          done,
        ],
        "one: a": edit("one", "sed -i s/alpha/ALPHA/ a.txt && cat new.txt && echo more > made.txt"),
        "two: b": edit("two", "rm b.txt && git status --short && git commit -qam gone"),
        "three: top": edit("three", "sed -i 's/line 0/top by three/; s/line 4/middle by three/' shared.txt"),
        "four: both": edit(
          "four",
          "sed -i 's/line 4/middle by four/; s/line 8/end by four/' shared.txt; echo x > four.txt",
        ),
      }),
    );
    const run = await scene.exec(["--json", "--add-dir", meeting, "--check", "cat made.txt", "share it out"]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(read(scene, "a.txt"), "ALPHA, not committed\n");
    assert.equal(read(scene, "made.txt"), "more\n");
    assert.equal(existsSync(join(scene.repository, "b.txt")), false);
    assert.equal(read(scene, "shared.txt"), lines([0, "top by three"], [4, "middle by four"], [8, "end by four"]));
    assert.equal(read(scene, "four.txt"), "x\n");

    const [, , , , waited = "", decided = ""] = results(scene, "share it out");
    assert.match(
      waited,
      /a1 \(implementer, thread [0-9a-f-]+\): done\none is edited\nIts changes are merged.*M a\.txt, A made\.txt/,
    );
    assert.match(waited, /a2 .*D b\.txt/s);
    assert.match(
      waited,
      /a4 .*Nothing of its changes was taken over.*shared\.txt: both sides changed the same lines\n.*<<<<<<< workspace\nmiddle by three.*>>>>>>> helper/s,
    );
    assert.match(decided, /a4 .*merged into the workspace: A four\.txt, M shared\.txt/s);

    const agents = itemsOf(run.events(), "agent");
    assert.deepEqual(
      agents.map(({ name, status, conflicts }) => [name, status, conflicts]),
      [
        ["a1", "completed", undefined],
        ["a2", "completed", undefined],
        ["a3", "completed", undefined],
        ["a4", "failed", ["shared.txt"]],
        ["a4", "completed", undefined],
      ],
    );
    // The user's index, branches and worktrees are as they were.
    assert.equal(git(scene.repository, "diff", "--cached"), "");
    assert.equal(git(scene.repository, "branch", "--list").trim().split("\n").length, 1);
    assert.equal(git(scene.repository, "worktree", "list").trim().split("\n").length, 1);
    assert.equal(before, " M a.txt\n?? new.txt\n");
    assert.deepEqual(copies(scene), []);

    const logs = storedLogs(scene.home);
    const id = threadIdOf(run.events());
    assert.equal(logs.size, 5);
    for (const [thread, [started]] of logs)
      assert.equal(started?.type === "thread.started" && started.parent, thread === id ? undefined : id);
    // Each model call of any thread counts once: 4 of the parent, 2 of each helper.
    const ended = run.events().find((event) => event.type === "turn.completed");
    assert.equal(ended?.usage.input_tokens, 12 * 100);
    const told = (logs.get(id) ?? []).filter((event) => event.type === "usage.added");
    assert.deepEqual(
      told.reduce((sum, { usage }) => addUsage(sum, usage), noUsage()),
      { ...noUsage(), input_tokens: 800, output_tokens: 160 },
    );
    // The evidence is for the merged files, and the turn can be taken back.
    assert.deepEqual(
      ended?.evidence?.map(({ command, standing }) => [command, standing]),
      [["cat made.txt", "passed"]],
    );
    const listed = await scene.fettle(["threads", "--all"]);
    assert.equal(listed.stdout.match(new RegExp(`\\(helps ${id}\\)`, "g"))?.length, 4);
    const here = await scene.fettle(["threads"]);
    assert.equal(here.stdout.trim().split("\n").length, 1);
    const shown = await scene.fettle(["threads", "show", id]);
    assert.match(shown.stdout, /▸ agent a1 \(implementer\): one: a\n/);
    assert.match(
      shown.stdout,
      /✗ agent a4 \(implementer\): not merged: conflicts in shared\.txt — thread [0-9a-f-]{36}\n/,
    );
    const whole = await scene.fettle(["threads", "show", agents[0]?.thread_id ?? ""]);
    assert.match(whole.stdout, /> one: a\n.*✓ \$ touch .*one is edited\n/s);
    const undone = await scene.fettle(["undo", id, "--files"]);
    assert.equal(undone.code, 0, undone.stderr);
    assert.equal(read(scene, "a.txt"), "alpha, not committed\n");
    assert.equal(read(scene, "shared.txt"), lines());
    assert.equal(read(scene, "b.txt"), "beta\n");
  });

  test("a copy has the installed packages, and what is written there stays there", async (t) => {
    const scene = await openScene(t, { files: { ".gitignore": "node_modules/\n" } });
    const packages = join(scene.repository, "node_modules");
    mkdirSync(join(packages, "dep"), { recursive: true });
    writeFileSync(join(packages, "dep/index.js"), "module.exports = 'from dep';\n");
    scene.server.push(
      ...byTask({
        work: [{ calls: [startAgent("tester", "try")] }, waitFor(), done],
        try: [
          shell("node -p 'require(\"dep\")' > got.txt; echo broken > node_modules/dep/index.js; git status --short"),
          done,
        ],
      }),
    );
    const run = await scene.exec(["work"]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(read(scene, "got.txt"), "from dep\n");
    assert.equal(read(scene, "node_modules/dep/index.js"), "module.exports = 'from dep';\n");
    assert.match(results(scene, "try")[0] ?? "", /^exit 0 .*\n\?\? got\.txt\n$/);
  });

  test("roles of the configuration, and hooks in an agent's thread", async (t) => {
    const docs = readFileSync(new URL("../docs/agents.md", import.meta.url), "utf8");
    const config = /```toml\n(.*?)```/s.exec(docs)?.[1] ?? "";
    const scene = await openScene(t, {
      steps: byTask({
        work: [{ calls: [startAgent("docs", "the README")] }, waitFor(), done],
        "the README": [shell("true"), { text: "written" }],
      }),
    });
    const told = join(scene.home, "..", "told");
    const hooks = ["SubagentStart", "PreToolUse", "SubagentStop", "Stop"].map(
      (event) => `[[hooks.${event}]]\n[[hooks.${event}.hooks]]\ntype = "command"\ncommand = "cat >> '${told}'"\n`,
    );
    mkdirSync(scene.home, { recursive: true });
    writeFileSync(join(scene.home, "config.toml"), `${config}\n${hooks.join("\n")}`);
    const run = await scene.exec(["work"]);
    assert.equal(run.code, 0, run.stderr);
    const request = scene.server.requests.find(({ body }) => body.includes("You are a helper"));
    const body = JSON.parse(request?.body ?? "{}") as { model: string; instructions: string; reasoning: unknown };
    assert.equal(body.model, "gpt-5-mini");
    assert.match(body.instructions, /Write for people who use the program, not for those who build it\./);
    assert.deepEqual(body.reasoning, { effort: "low", summary: "auto" });
    const heard = readFileSync(told, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .map(({ hook_event_name: event, agent_type: role, tool_name: tool }) => [event, role, tool]);
    const of = (role: string | undefined) => heard.filter((one) => one[1] === role);
    assert.deepEqual(of("docs"), [
      ["SubagentStart", "docs", undefined],
      ["PreToolUse", "docs", "shell"],
      ["SubagentStop", "docs", undefined],
    ]);
    assert.deepEqual(of(undefined), [
      ["PreToolUse", undefined, "agent_start"],
      ["PreToolUse", undefined, "agent_wait"],
      ["Stop", undefined, undefined],
    ]);
  });

  test("nothing comes in by a merge that no command and no patch could change", async (t) => {
    const scene = await openScene(t, { files: { "hooks/pre-commit": "#!/bin/sh\nexit 0\n" } });
    git(scene.repository, "config", "core.hooksPath", join(scene.repository, "hooks"));
    scene.server.push(
      ...byTask({
        work: [
          { calls: [startAgent("implementer", "plant")] },
          waitFor(),
          waitFor({ agents: ["a1"], conflicts: "theirs" }),
          done,
        ],
        plant: [
          shell("echo 'echo planted' >> hooks/pre-commit; echo x > x.txt; mkdir -p sub/.vscode; echo x > .mcp.json"),
          done,
        ],
      }),
    );
    const run = await scene.exec(["--json", "work"]);
    assert.equal(run.code, 0, run.stderr);
    const [, first = "", again = ""] = results(scene, "work");
    assert.match(first, /hooks\/pre-commit: a place that may not be changed/);
    assert.match(again, /hooks\/pre-commit: a place that may not be changed/);
    assert.equal(read(scene, "hooks/pre-commit"), "#!/bin/sh\nexit 0\n");
    assert.deepEqual(
      ["x.txt", ".mcp.json"].map((name) => existsSync(join(scene.repository, name))),
      [false, false],
    );
  });
});
