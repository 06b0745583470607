import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { done, patch, shell, userRule } from "./support/approvals.ts";
import { fettleProgram, git } from "./support/fettle.ts";
import { allowTools, call, configure, mcpItems, ownServer, search, serverTables } from "./support/mcp.ts";
import { serve } from "./support/mcp-client.ts";
import { livingProcesses, openScene, storedLog, toolResults, wordsOf } from "./support/scripted-run.ts";

describe("fettle mcp serve", { concurrency: 2 }, () => {
  test("a task, its continuation and a question, with evidence and changed files", async (t) => {
    const scene = await openScene(t, {
      steps: [
        ...[patch("b.txt"), shell("echo c > c.txt; test -f b.txt"), { text: "made two files" }],
        ...[{ text: "still there" }, shell("echo d > d.txt"), { text: "could not" }],
      ],
    });
    const { client, call: run } = await serve(t, scene);
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name).sort(), ["ask", "continue_thread", "review", "start_thread"]);
    const seen: string[] = [];
    const first = await run("start_thread", { prompt: "make files" }, { onprogress: (line) => void seen.push(line) });
    assert.equal(first.failed, false, first.text);
    assert.equal(first.text, "made two files");
    const { thread_id: id, status, changed_files: changed } = first.report ?? {};
    assert.equal(status, "completed");
    assert.deepEqual(
      changed?.map(({ path, kind }) => `${kind} ${path}`),
      ["add b.txt", "add c.txt"],
    );
    assert.ok(
      seen.some((line) => line.includes("b.txt")),
      seen.join("\n"),
    );
    const second = await run("continue_thread", { thread_id: id ?? "", prompt: "and now?" });
    assert.deepEqual([second.report?.thread_id, second.text], [id, "still there"]);
    const asked = await run("ask", { question: "what is d?" });
    assert.equal(asked.report?.status, "completed");
    assert.notEqual(asked.report?.thread_id, id);
    assert.equal(existsSync(join(scene.repository, "d.txt")), false);
  });

  test("a review only reads, and is told what to look at", async (t) => {
    const scene = await openScene(t, { steps: [shell("git diff --stat HEAD"), { text: "a.txt:1: wrong" }] });
    writeFileSync(join(scene.repository, "a.txt"), "changed\n");
    const { call: run } = await serve(t, scene);
    const { text, report } = await run("review", { focus: "names" });
    assert.equal(text, "a.txt:1: wrong");
    assert.deepEqual(report?.changed_files, []);
    assert.match(wordsOf(scene.server.requests[0], "user").join("\n"), /Review the change.*Change nothing[\s\S]*names/);
    assert.match(toolResults(scene.server.requests[1])[0] ?? "", /a\.txt \|/);
  });

  test("a turn that fails, a thread that is none, and a folder outside are told", async (t) => {
    const scene = await openScene(t, { steps: [{ fault: { type: "status", status: 401 } }] });
    const { call: run } = await serve(t, scene);
    const failed = await run("start_thread", { prompt: "go" });
    assert.equal(failed.failed, true);
    assert.equal(failed.report?.status, "failed");
    assert.ok((failed.report?.error ?? "").length > 0);
    assert.match((await run("continue_thread", { thread_id: "0123456789", prompt: "x" })).text, /no thread/);
    for (const cwd of ["/", "..", scene.home])
      assert.match(
        (await run("start_thread", { prompt: "x", cwd })).text,
        /outside of .*, which is all that is served/,
      );
    assert.equal(scene.server.requests.length, 1);
  });

  test("what needs an answer goes to a client that can ask, and is refused where none can", async (t) => {
    const steps = [shell("rm -rf a.txt"), done];
    const scene = await openScene(t, { steps: [...steps, ...steps] });
    const silent = await serve(t, scene);
    assert.equal((await silent.call("start_thread", { prompt: "go" })).failed, false);
    assert.equal(existsSync(join(scene.repository, "a.txt")), true);
    const questions: string[] = [];
    const asking = await serve(t, scene, {
      elicit: ({ message }) => {
        questions.push(message);
        return { action: "accept", content: { choice: "once" } };
      },
    });
    assert.equal((await asking.call("start_thread", { prompt: "go" })).failed, false);
    assert.equal(existsSync(join(scene.repository, "a.txt")), false);
    assert.equal(questions.length, 1);
    assert.match(questions[0] ?? "", /rm -rf a\.txt/);
  });

  test("a client that declines, or answers with what was not offered, says no", async (t) => {
    const steps = [shell("rm -rf a.txt"), done];
    const scene = await openScene(t, { steps: [...steps, ...steps] });
    const answers = [{ action: "decline" as const }, { action: "accept" as const, content: { choice: "yes" } }];
    const asking = await serve(t, scene, { elicit: () => answers.shift() ?? { action: "cancel" } });
    await asking.call("start_thread", { prompt: "go" });
    await asking.call("start_thread", { prompt: "go" });
    assert.equal(existsSync(join(scene.repository, "a.txt")), true);
    assert.equal(answers.length, 0);
  });

  test("cancelling a call interrupts its turn, whose end is in the log", async (t) => {
    const mark = `mark-${process.pid}-cancel`;
    const scene = await openScene(t, { steps: [shell(`sleep 600 # ${mark}`), done] });
    const { call: run, client } = await serve(t, scene);
    const stop = new AbortController();
    const began = Promise.withResolvers<void>();
    const running = run("start_thread", { prompt: "go" }, { signal: stop.signal });
    void scene.server.requested(1).then(() => began.resolve());
    await began.promise;
    stop.abort();
    await assert.rejects(running);
    await client.close();
    const log = storedLog(scene.home);
    const end = log.at(-1);
    assert.ok(end?.type === "turn.failed" && end.error.code === "interrupted", JSON.stringify(end));
    assert.deepEqual(livingProcesses(mark), []);
  });

  test("threads of one process share the servers they use", async (t) => {
    const scene = await openScene(t);
    const say = call("own", "where");
    scene.server.push(say, done, say, done);
    const started = join(scene.home, "started");
    configure(scene, serverTables({ own: { args: [ownServer, "--started", started] } }));
    userRule(scene, allowTools("own"));
    const { call: run } = await serve(t, scene);
    await run("start_thread", { prompt: "one" });
    const first = readFileSync(started, "utf8");
    await run("start_thread", { prompt: "two" });
    assert.equal(readFileSync(started, "utf8"), first);
    assert.equal(toolResults(scene.server.requests.at(-1)).length, 1);
  });

  test("fettle serves fettle: the inner thread works, and none of its processes stays", async (t) => {
    const inner = await openScene(t, { steps: [patch("inner.txt"), { text: "the inner work is done" }] });
    mkdirSync(inner.home, { recursive: true });
    const scene = await openScene(t, {
      steps: [search("task"), call("fettle", "start_thread", { prompt: "make inner.txt" }), done],
    });
    const served = [
      "mcp",
      "serve",
      "-C",
      inner.repository,
      "-m",
      "gpt-5",
      "-c",
      `openai_base_url=${inner.server.baseUrl}`,
    ];
    const more = `env = { FETTLE_HOME = ${JSON.stringify(inner.home)}, OPENAI_API_KEY = "dummy-inner-key" }`;
    configure(scene, serverTables({ fettle: { command: fettleProgram, args: served, more } }));
    userRule(scene, allowTools("fettle"));
    const run = await scene.exec(["--json", "go"]);
    assert.equal(run.code, 0, run.stderr);
    const [item] = mcpItems(run.events());
    assert.equal(item?.status, "completed", JSON.stringify(item));
    assert.match(item?.result?.content[0]?.text ?? "", /the inner work is done[\s\S]*"path":"inner\.txt"/);
    assert.match(git(inner.repository, "status", "--short"), /\?\? inner\.txt/);
    assert.deepEqual(livingProcesses(inner.repository), []);
  });
});
