import assert from "node:assert/strict";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { byTask, startAgent, storedLogs, waitFor } from "./support/agents.ts";
import { answer, answers, asked, done, shell } from "./support/approvals.ts";
import { git } from "./support/fettle.ts";
import {
  appeared,
  itemsOf,
  livingProcesses,
  openScene,
  printed,
  type Scene,
  threadIdOf,
  toolResults,
  wordsOf,
} from "./support/scripted-run.ts";

/* What agents may not, and how they end: limits, budgets, questions, an interrupt and a kill. */

const copies = (scene: Scene): string[] => {
  const folder = join(scene.home, "worktrees");
  return existsSync(folder) ? readdirSync(folder) : [];
};
/** The last request of the thread that began with these words. */
const lastOf = (scene: Scene, task: string) =>
  scene.server.requests.findLast((request) => wordsOf(request, "user")[0]?.startsWith(task));
const toolsOf = (scene: Scene, task: string): string[] => {
  const { tools } = JSON.parse(lastOf(scene, task)?.body ?? "{}") as { tools: { name: string }[] };
  return tools.map(({ name }) => name);
};
/** A long sleep that is nobody else's. */
const napOf = (): string => `sleep 500.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
const agentTools = ["agent_start", "agent_wait", "agent_message", "agent_stop"];
/** A folder that commands may write beside the workspace. */
const meetingOf = (scene: Scene): string => {
  const folder = join(scene.home, "..", "meeting");
  mkdirSync(folder);
  return folder;
};

describe("agents", { concurrency: 2 }, () => {
  test("one that reads changes nothing, has no agents of its own, and thinks as its role says", async (t) => {
    const scene = await openScene(t, {
      steps: byTask({
        work: [{ calls: [startAgent("explorer", "look")] }, waitFor(), done],
        look: [shell("cat a.txt; touch x"), { text: "alpha it is" }],
      }),
    });
    const run = await scene.exec(["--json", "work"]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(toolResults(lastOf(scene, "work")).at(-1) ?? "", /a1 \(explorer, .*\): done\nalpha it is$/);
    assert.match(toolResults(lastOf(scene, "look"))[0] ?? "", /alpha\n.*Read-only file system/s);
    assert.equal(existsSync(join(scene.repository, "x")), false);
    const names = toolsOf(scene, "look");
    assert.deepEqual(
      names.filter((name) => name.startsWith("agent_")),
      [],
    );
    assert.deepEqual(
      toolsOf(scene, "work").filter((name) => name.startsWith("agent_")),
      agentTools,
    );
    const body = JSON.parse(lastOf(scene, "look")?.body ?? "") as {
      instructions: string;
      reasoning: { effort: string };
    };
    assert.match(body.instructions, /You are fettle.*You are a helper.*Your part is to find out/s);
    assert.equal(body.reasoning.effort, "low");
  });

  test("limits: at once, in all, depth, roles; a refused start is a result like any other", async (t) => {
    const start = (role: string, task: string, more = {}): { calls: ReturnType<typeof startAgent>[] } => ({
      calls: [startAgent(role, task, more)],
    });
    const scene = await openScene(t, {
      steps: byTask({
        work: [
          { calls: [startAgent("explorer", "hold"), startAgent("explorer", "second")] },
          {
            calls: [
              { name: "agent_stop", arguments: { agent: "a1" } },
              startAgent("reviewer", "third", { writes: true }),
            ],
          },
          start("cook", "soup"),
          start("explorer", "deep"),
          waitFor(),
          start("explorer", "too many"),
          done,
        ],
        hold: [shell("sleep 600"), done],
        deep: [start("explorer", "deeper"), waitFor(), { text: "went deep" }],
        deeper: [start("explorer", "deepest"), { text: "no further" }],
      }),
    });
    const limits = ["max_threads=2", "max_total=3", "max_depth=2"].flatMap((limit) => ["-c", `agents.${limit}`]);
    const one = ["max_threads=1", "max_total=2", "max_depth=2"].flatMap((limit) => ["-c", `agents.${limit}`]);
    const run = await scene.exec(["--json", ...one, "work"]);
    assert.equal(run.code, 0, run.stderr);
    const said = toolResults(lastOf(scene, "work"));
    assert.match(said[1] ?? "", /1 agents are at work, the most that may be at once/);
    assert.match(said[2] ?? "", /a1 was stopped/);
    assert.match(said[3] ?? "", /a reviewer changes nothing/);
    assert.match(said[4] ?? "", /there is no role "cook"; the roles are: explorer, implementer, tester, reviewer/);
    // The one at work takes the place of the one that it would begin.
    assert.match(toolResults(lastOf(scene, "deep"))[0] ?? "", /the most that may be at once/);
    assert.match(said[6] ?? "", /went deep/);
    assert.match(said[7] ?? "", /this thread has had its 2 agents/);
    assert.ok(!livingProcesses("sleep 600").some((line) => line.includes(scene.home)));

    const deep = await openScene(t, {
      steps: byTask({
        work: [
          start("explorer", "deep"),
          waitFor(),
          start("explorer", "again"),
          waitFor(),
          start("explorer", "much"),
          done,
        ],
        deep: [start("explorer", "below"), waitFor(), { text: "went deep" }],
        below: [{ text: "at the ground" }],
        again: [{ text: "once more" }],
      }),
    });
    const second = await deep.exec(["--json", ...limits, "work"]);
    assert.equal(second.code, 0, second.stderr);
    assert.match(toolResults(lastOf(deep, "deep")).at(-1) ?? "", /at the ground/);
    assert.deepEqual(
      toolsOf(deep, "deep").filter((name) => name.startsWith("agent_")),
      agentTools,
    );
    assert.deepEqual(
      toolsOf(deep, "below").filter((name) => name.startsWith("agent_")),
      [],
    );
    assert.match(toolResults(lastOf(deep, "work")).at(-1) ?? "", /this thread has had its 3 agents/);
    // The one two levels down is counted once on each level: 6 + 3 + 1 + 1 calls.
    const ended = second.events().find((event) => event.type === "turn.completed");
    assert.equal(ended?.usage.input_tokens, 11 * 100);
    const off = await openScene(t, { steps: [done] });
    await off.exec(["-c", "agents.max_threads=0", "work"]);
    assert.deepEqual(
      toolsOf(off, "work").filter((name) => name.startsWith("agent_")),
      [],
    );
  });

  test("a budget: an agent stops at its share, and what agents use stops the thread", async (t) => {
    const scene = await openScene(t, {
      steps: byTask({
        work: [{ calls: [startAgent("explorer", "look")] }, waitFor(), done],
        look: [shell("echo 1"), shell("echo 2"), shell("echo 3"), shell("echo 4"), done],
      }),
    });
    const run = await scene.exec(["--json", "--max-tokens", "600", "work"]);
    // 300 of 600 tokens are the share of one: it stops after the third call of 120.
    assert.equal(run.code, 4, run.stderr);
    assert.match(toolResults(lastOf(scene, "look")).join(), /1\n.*2\n/s);
    const [agent] = itemsOf(run.events(), "agent");
    assert.match(agent?.error ?? "", /this thread has used 360 tokens of its 300/);
    const failed = run.events().find((event) => event.type === "turn.failed");
    assert.match(failed?.error.message ?? "", /used 600 tokens of its 600/);
  });

  test("an agent's questions reach who answers the thread's, with its name; what is allowed for it is not for all", async (t) => {
    const remove = shell("git branch -D old");
    const scene = await openScene(t, {
      steps: byTask({
        work: [
          { calls: [startAgent("implementer", "first"), startAgent("implementer", "other")] },
          waitFor(),
          remove,
          done,
        ],
        first: [remove, remove, done],
        other: [remove, done],
      }),
    });
    const run = await scene.exec(["--json", ...answers(scene, answer("git branch*", "thread")), "work"]);
    assert.equal(run.code, 0, run.stderr);
    const questions = itemsOf(run.events(), "approval");
    assert.deepEqual(questions.map(({ agent }) => agent).sort(), ["a1 (implementer)", "a2 (implementer)", undefined]);
    assert.ok(questions.every(({ agent, why }) => agent === undefined || why.startsWith(`helper ${agent}: `)));
    const alone = await openScene(t, {
      steps: byTask({ work: [{ calls: [startAgent("tester", "first")] }, waitFor(), done], first: [remove, done] }),
    });
    const refused = await alone.exec(["--json", "work"]);
    assert.equal(refused.code, 0, refused.stderr);
    assert.match(toolResults(lastOf(alone, "first"))[0] ?? "", /nobody is there to ask/);
    assert.deepEqual(asked(refused.events()), []);
  });

  test("a turn does not end before its agents: their reports come, and the model goes on", async (t) => {
    const scene = await openScene(t, {
      steps: byTask({
        work: [{ calls: [startAgent("implementer", "write")] }, { text: "I leave it to them" }, { text: "all done" }],
        write: [shell("echo x > x.txt"), { text: "written" }],
      }),
    });
    const run = await scene.exec(["work"]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout, "all done\n");
    assert.match(
      wordsOf(lastOf(scene, "work"), "user").at(-1) ?? "",
      /a1 .*written\n.*merged into the workspace: A x\.txt/s,
    );
    assert.ok(existsSync(join(scene.repository, "x.txt")));
  });

  test("an agent that has ended goes on when it is spoken to; one at work is reached at its next step", async (t) => {
    const scene = await openScene(t);
    const meeting = meetingOf(scene);
    const say = (text: string) => ({ calls: [{ name: "agent_message", arguments: { agent: "a1", text } }] });
    const gate = `${meeting}/gate`;
    scene.server.push(
      ...byTask({
        work: [
          { calls: [startAgent("implementer", "write")] },
          say("and mind the end"),
          shell(`touch ${gate}`),
          waitFor(),
          say("once more"),
          waitFor(),
          done,
        ],
        write: [
          shell(`until test -e ${gate}; do sleep 0.02; done; echo 1 > x.txt`, { yield_ms: 600_000 }),
          { text: "first" },
          shell("echo 2 >> x.txt"),
          { text: "second" },
        ],
      }),
    );
    const run = await scene.exec(["--json", "--add-dir", meeting, "work"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(wordsOf(lastOf(scene, "write"), "user"), ["write", "and mind the end", "once more"]);
    const said = toolResults(lastOf(scene, "work"));
    assert.match(said[3] ?? "", /first\nIts changes are merged into the workspace: A x\.txt/);
    assert.match(said[5] ?? "", /second\nIts changes are merged into the workspace: M x\.txt/);
    assert.deepEqual(copies(scene), []);
  });

  test("an interrupt ends the agents, truthfully; the next turn knows", async (t) => {
    const scene = await openScene(t);
    const meeting = meetingOf(scene);
    const nap = napOf();
    scene.server.push(
      ...byTask({
        work: [{ calls: [startAgent("implementer", "first"), startAgent("explorer", "other")] }, waitFor(), done],
        first: [shell(`echo half > half.txt; touch ${meeting}/first; ${nap}`), done],
        other: [shell(nap), done],
      }),
    );
    const run = scene.start(["--json", "--add-dir", meeting, "work"]);
    await appeared(join(meeting, "first"));
    run.child.kill("SIGINT");
    const ended = await run.finished;
    assert.equal(ended.code, 130, ended.stderr);
    assert.deepEqual(
      itemsOf(ended.events(), "agent").map(({ name, status, error }) => [name, status, error]),
      [
        ["a1", "failed", "ended with the turn"],
        ["a2", "failed", "ended with the turn"],
      ],
    );
    assert.equal(existsSync(join(scene.repository, "half.txt")), false);
    assert.deepEqual([copies(scene), livingProcesses(nap)], [[], []]);
    for (const events of storedLogs(scene.home).values()) assert.equal(events.at(-1)?.type, "turn.failed");
    const next = await scene.exec(["resume", "--last", "go on"]);
    assert.equal(next.code, 0, next.stderr);
    assert.match(
      wordsOf(lastOf(scene, "work"), "user").join("\n"),
      /ended with the turn.*: a1 \(implementer, .*a2 \(explorer, /,
    );
  });

  test("after kill -9 the copies are cleared, the model is told, and what agents used counts once", async (t) => {
    const scene = await openScene(t);
    const meeting = meetingOf(scene);
    const nap = napOf();
    scene.server.push(
      ...byTask({
        work: [{ calls: [startAgent("implementer", "first")] }, waitFor(), done],
        first: [shell("echo 1"), shell(`touch ${meeting}/first; ${nap}`), done],
      }),
    );
    const run = scene.start(["--json", "--add-dir", meeting, "work"]);
    await appeared(join(meeting, "first"));
    run.child.kill("SIGKILL");
    const killed = await run.finished;
    assert.equal(copies(scene).length, 2, "the copy and whose it is");
    // As if the machine had lost the end of the log: what the agent's own log tells of its calls is made good.
    const id = threadIdOf(killed.events());
    const [path = ""] = globSync(`threads/*/*/*/${id}.jsonl`, { cwd: scene.home });
    const text = readFileSync(join(scene.home, path), "utf8");
    const cut = text.lastIndexOf('{"type":"usage.added"');
    assert.ok(cut > 0);
    writeFileSync(join(scene.home, path), text.slice(0, cut));
    const next = await scene.exec(["--json", "resume", id, "go on"]);
    assert.equal(next.code, 0, next.stderr);
    assert.deepEqual([copies(scene), livingProcesses(nap)], [[], []]);
    for (const what of ["branch", "worktree"])
      assert.equal(
        git(scene.repository, what, ...(what === "branch" ? ["--list"] : ["list"]))
          .trim()
          .split("\n").length,
        1,
        what,
      );
    assert.match(
      wordsOf(lastOf(scene, "work"), "user").join("\n"),
      /stopped while these agents were at work.*\n- a1 \(implementer, thread [0-9a-f-]{36}\): first/,
    );
    const told = (storedLogs(scene.home).get(id) ?? []).filter((event) => event.type === "usage.added");
    assert.equal(
      told.reduce((sum, { usage }) => sum + usage.input_tokens, 0),
      200,
      "two calls, each once",
    );
    const [item] = itemsOf(next.events(), "agent");
    assert.deepEqual([item?.status, item?.error], ["failed", "fettle was stopped before this finished"]);
  });

  test("in a folder without a repository the copy is a plain one; inside a larger repository none is made", async (t) => {
    const scene = await openScene(t, { files: { "sub/s.txt": "s\n" } });
    const plain = join(scene.home, "..", "plain");
    mkdirSync(plain);
    writeFileSync(join(plain, "p.txt"), "plain\n");
    const script = {
      work: [{ calls: [startAgent("implementer", "write")] }, waitFor(), done],
      write: [shell("cat *.txt > all.md"), done],
    };
    scene.server.push(...byTask(script, 5));
    const run = await scene.exec(["--json", "--skip-git-repo-check", "work"], { cwd: plain });
    assert.equal(run.code, 0, run.stderr);
    assert.ok(existsSync(join(plain, "all.md")));
    scene.server.push(...byTask({ work: [script.work[0] ?? done, done] }));
    const below = await scene.exec(["--json", "work"], { cwd: join(scene.repository, "sub") });
    assert.equal(below.code, 0, below.stderr);
    assert.match(
      toolResults(lastOf(scene, "work"))[0] ?? "",
      /no copy of the workspace can be made.*inside the repository/,
    );
  });

  test("a copy at work is left alone by other runs, and the dial of the thread holds for its agents", async (t) => {
    const scene = await openScene(t);
    const meeting = meetingOf(scene);
    const gate = join(meeting, "gate");
    scene.server.push(
      ...byTask({
        work: [{ calls: [startAgent("implementer", "write")] }, waitFor(), done],
        write: [
          shell(`touch ${meeting}/here; until test -e ${gate}; do sleep 0.02; done`, { yield_ms: 600_000 }),
          shell("touch x.txt"),
          done,
        ],
        other: [done],
      }),
    );
    const run = scene.start(["--json", "--add-dir", meeting, "work"]);
    await appeared(join(meeting, "here"));
    const other = await scene.exec(["other"]);
    assert.equal(other.code, 0, other.stderr);
    assert.equal(copies(scene).length, 2);
    const started = await printed(run, ({ type }) => type === "thread.started");
    const id = started.type === "thread.started" ? started.thread_id : "";
    const dial = await scene.fettle(["autonomy", "suggest", "--thread", id]);
    assert.equal(dial.code, 0, dial.stderr);
    writeFileSync(gate, "");
    const ended = await run.finished;
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(toolResults(lastOf(scene, "write"))[1] ?? "", /at autonomy suggest/);
    assert.equal(existsSync(join(scene.repository, "x.txt")), false);
    assert.deepEqual(copies(scene), []);
  });

  test("of an ephemeral thread's agents nothing is kept either", async (t) => {
    const scene = await openScene(t, {
      steps: byTask({
        work: [{ calls: [startAgent("implementer", "write")] }, waitFor(), done],
        write: [shell("echo x > x.txt"), done],
      }),
    });
    const run = await scene.exec(["--ephemeral", "work"]);
    assert.equal(run.code, 0, run.stderr);
    assert.ok(existsSync(join(scene.repository, "x.txt")));
    const left = ["threads/**/*.jsonl", "ephemeral/*"].flatMap((pattern) => globSync(pattern, { cwd: scene.home }));
    assert.deepEqual([left, copies(scene)], [[], []]);
  });
});
