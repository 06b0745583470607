import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isExtension } from "../packages/agent/test/support/scripted-model.ts";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import {
  appeared,
  itemsOf,
  livingProcesses,
  openScene,
  printed,
  storedLog,
  threadIdOf,
  toolResults,
  wordsOf,
} from "./support/scripted-run.ts";

/* What goes wrong around a run: networks, servers, signals, a second process; and what must never be told. */

const status = (code: number, headers: Record<string, string> = {}): ScriptedStep => ({
  fault: { type: "status", status: code, headers },
});

describe("exec: failures", { concurrency: 2 }, () => {
  test("a dropped stream is asked again; what it had said is nowhere", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "Half an ans", fault: { type: "cut" } }, { text: "Whole." }] });
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 0, done.stderr);
    const [first, second] = scene.server.requests;
    assert.equal(second?.body, first?.body);
    assert.deepEqual(
      itemsOf(done.events(), "agent_message").map(({ text }) => text),
      ["Whole."],
    );
    assert.match(itemsOf(done.events(), "error")[0]?.message ?? "", /; trying again in \d+\.\d s \(attempt 2\)$/);
    assert.doesNotMatch(JSON.stringify(storedLog(scene.home)), /Half an ans/);
  });

  test("429 waits as long as the server asks, 500 is tried again", async (t) => {
    const scene = await openScene(t, { steps: [status(429, { "retry-after": "1" }), status(500), { text: "ok" }] });
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 0, done.stderr);
    const messages = itemsOf(done.events(), "error").map(({ message }) => message);
    assert.match(messages[0] ?? "", /; trying again in 1\.0 s \(attempt 2\)$/);
    assert.equal(messages.length, 2);
    const times = storedLog(scene.home).flatMap((event) =>
      event.type === "item.completed" && event.item.type === "error" ? [Date.parse(event.at)] : [],
    );
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 1000, "not before the time");
  });

  test("a thread whose folder is gone says so, and goes on in another one", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "one" }, { text: "two" }] });
    const [event] = (await scene.exec(["--json", "go"])).events();
    const id = event?.type === "thread.started" ? event.thread_id : "";
    const moved = join(scene.home, "..", "moved");
    renameSync(scene.repository, moved);
    for (const args of [
      ["exec", "resume", id, "-m", "offline", "go on"],
      ["undo", id],
    ]) {
      const { code, stderr } = await scene.fettle(args, { cwd: moved });
      assert.equal(code, args[0] === "exec" ? 2 : 1);
      assert.match(stderr, /^fettle: the folder of this thread, .*\/work, is not there any more; [^\n]+\n$/);
    }
    assert.equal((await scene.exec(["resume", id, "-C", moved, "go on"], { cwd: moved })).stdout, "two\n");
  });

  test("401 is not tried again and says what to do; the thread goes on later", async (t) => {
    const scene = await openScene(t, { steps: [status(401), { text: "ok now" }] });
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 1);
    assert.equal(scene.server.requests.length, 1);
    const last = done.events().at(-1);
    assert.deepEqual([last?.type, last?.type === "turn.failed" && last.error.code], ["turn.failed", "authentication"]);
    assert.match((last?.type === "turn.failed" && last.error.message) || "", /OPENAI_API_KEY/);
    const resumed = await scene.exec(["resume", "--last", "again"]);
    assert.deepEqual({ code: resumed.code, stdout: resumed.stdout }, { code: 0, stdout: "ok now\n" });
    const [first, second] = scene.server.requests;
    assert.ok(isExtension(first?.body ?? "", second?.body ?? ""));
    assert.deepEqual(wordsOf(second, "user"), ["go", "again"]);
  });

  test("as text, a failure is one line that ends the progress", async (t) => {
    const scene = await openScene(t, { steps: [status(401)] });
    const done = await scene.exec(["go"]);
    assert.deepEqual({ code: done.code, stdout: done.stdout }, { code: 1, stdout: "" });
    assert.match(done.stderr, /^✗ [^\n]+\nthread [0-9a-f-]{36}\n$/);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const)
    test(`${signal} in the middle of a command: it ends with all it started, and the log says so`, async (t) => {
      const nap = `${signal === "SIGINT" ? 13 : 14}${process.pid}.25`;
      const command = `echo begun; touch begun; sleep ${nap} & sleep ${nap}`;
      const scene = await openScene(t, {
        steps: [{ calls: [{ name: "shell", arguments: { command, yield_ms: 600_000 } }] }, { text: "Resumed." }],
      });
      const run = scene.start(["--json", "go"]);
      await Promise.race([appeared(join(scene.repository, "begun")), run.finished]);
      run.child.kill(signal);
      const done = await run.finished;
      assert.deepEqual([done.code, done.signal], [130, null], done.stderr);
      assert.deepEqual(livingProcesses(nap), []);
      const [item] = itemsOf(done.events(), "command_execution");
      assert.deepEqual([item?.status, item?.aggregated_output], ["failed", "begun\n"]);
      const log = storedLog(scene.home);
      const last = log.at(-1);
      assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
      assert.equal(log.filter(({ type }) => type === "tool.completed").length, 1);
      const resumed = await scene.exec(["resume", "--last", "go on"]);
      assert.equal(resumed.stdout, "Resumed.\n", resumed.stderr);
      const [first, second] = scene.server.requests;
      assert.ok(isExtension(first?.body ?? "", second?.body ?? ""));
      assert.match(toolResults(second)[0] ?? "", /^(?:exit 130|exit 143|signal SIG\w+) · [^\n]*\nbegun\n/);
    });

  test("SIGINT in the middle of a check: no further check runs, and the turn is not complete", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "Done." }] });
    const nap = `15${process.pid}.25`;
    const run = scene.start(["--json", "--check", `touch begun; sleep ${nap}`, "--check", "touch second", "go"]);
    await Promise.race([appeared(join(scene.repository, "begun")), run.finished]);
    run.child.kill("SIGINT");
    const done = await run.finished;
    assert.equal(done.code, 130, done.stderr);
    assert.deepEqual(livingProcesses(nap), []);
    assert.equal(existsSync(join(scene.repository, "second")), false);
    const last = done.events().at(-1);
    assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
  });

  test("an interrupt while a command is being started ends it too", async (t) => {
    const nap = `17${process.pid}.25`;
    const command = { name: "shell", arguments: { command: `sleep ${nap}`, yield_ms: 600_000 } };
    const scene = await openScene(t, { steps: [{ calls: [command] }] });
    const run = scene.start(["--json", "go"]);
    await printed(run, ({ type }) => type === "item.started");
    run.child.kill("SIGINT");
    assert.equal((await run.finished).code, 130);
    assert.deepEqual(livingProcesses(nap), []);
    const last = storedLog(scene.home).at(-1);
    assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
  });

  test("an interrupt while the model thinks ends the request and the run", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "So", fault: { type: "hang" } }] });
    const run = scene.start(["--json", "go"]);
    await scene.server.requested(1);
    run.child.kill("SIGINT");
    assert.equal((await run.finished).code, 130);
    await scene.server.abandoned(1);
    const last = storedLog(scene.home).at(-1);
    assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
  });

  test("a reader that goes away ends the run like an interrupt, with a whole log", async (t) => {
    const read = (gate: string) => ({ name: "shell", arguments: { command: `cat ${gate}`, yield_ms: 600_000 } });
    const scene = await openScene(t, { steps: [{ calls: [read("gate"), read("other-gate")] }] });
    for (const gate of ["gate", "other-gate"]) execFileSync("mkfifo", [join(scene.repository, gate)]);
    const run = scene.start(["--json", "go"]);
    await printed(run, (event) => event.type === "item.started" && JSON.stringify(event).includes("cat other-gate"));
    run.child.stdout?.destroy();
    // The end of the first command meets a closed pipe, and so does all that comes of that.
    await writeFile(join(scene.repository, "gate"), "through\n");
    assert.equal((await run.finished).code, 130);
    const log = storedLog(scene.home);
    assert.equal(log.filter(({ type }) => type === "tool.completed").length, 2);
    const last = log.at(-1);
    assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
  });

  test("a second process on the same thread is refused and harms nothing", async (t) => {
    const scene = await openScene(t, { steps: [{ fault: { type: "silent" } }] });
    const run = scene.start(["--json", "go"]);
    const id = threadIdOf([await printed(run, ({ type }) => type === "thread.started")]);
    await scene.server.requested(1);
    const second = await scene.exec(["resume", id, "me too"]);
    assert.equal(second.code, 1);
    assert.equal(
      second.stderr,
      `fettle: Thread ${id} is in use by process ${run.child.pid}: wait until it ends or stop it (kill ${run.child.pid}), or start a new thread\n`,
    );
    const undo = await scene.fettle(["undo", id]);
    assert.equal(undo.code, 1);
    assert.match(undo.stderr, /^fettle: Thread \S+ is in use by process \d+/);
    const seen = await scene.fettle(["threads", "--json"]);
    assert.equal(JSON.parse(seen.stdout).state, "running");
    run.child.kill("SIGTERM");
    assert.equal((await run.finished).code, 130);
    assert.equal(storedLog(scene.home).filter(({ type }) => type === "turn.started").length, 1);
  });

  test("keys reach the server and nothing else", async (t) => {
    const key = "sk-recognisable-0123456789abcdef";
    const other = "ghp_recognisableOtherToken00112233";
    const show = { calls: [{ name: "shell", arguments: { command: "env; cat /proc/self/environ /proc/*/environ" } }] };
    const echoed = { error: { message: `Incorrect API key provided: ${key}` } };
    const scene = await openScene(t, {
      steps: [show, { text: "shown" }, { fault: { type: "status", status: 401, body: echoed } }, { text: "ok" }],
    });
    const env = { OPENAI_API_KEY: key, GITHUB_TOKEN: other };
    const runs = [
      await scene.exec(["--json", "go"], { env }),
      await scene.exec(["resume", "--last", "again"], { env }),
      await scene.exec(["resume", "--last", "and again"], { env }),
      await scene.exec(["--print-input", "hello"], { env }),
      await scene.fettle(["models", "-c", `openai_base_url=${scene.server.baseUrl}`], { env }),
    ];
    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 1, 0, 0, 0],
      runs.map(({ stderr }) => stderr).join(),
    );
    const headers = scene.server.requests.map((request) => request.headers.authorization);
    assert.deepEqual([...new Set(headers)], [`Bearer ${key}`]);
    const texts = [
      ...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]),
      ...scene.server.requests.map(({ body }) => body),
      ...readdirSync(scene.home, { recursive: true, encoding: "utf8" })
        .map((name) => join(scene.home, name))
        .filter((path) => statSync(path).isFile())
        .map((path) => readFileSync(path, "latin1")),
    ];
    for (const secret of [key, other])
      assert.deepEqual(
        texts.filter((text) => text.includes(secret)).map((text) => text.slice(0, 200)),
        [],
        `${secret} is told nowhere`,
      );
  });

  test("a key in auth.json works and is not readable in the sandbox", async (t) => {
    const key = "sk-recognisable-from-a-file-42";
    const scene = await openScene(t);
    mkdirSync(scene.home, { recursive: true });
    const path = join(scene.home, "auth.json");
    writeFileSync(path, JSON.stringify({ OPENAI_API_KEY: key }), { mode: 0o600 });
    scene.server.push({ calls: [{ name: "shell", arguments: { command: `cat '${path}'; ls '${scene.home}'` } }] });
    scene.server.push({ text: "ok" });
    const done = await scene.exec(["--json", "go"], { env: { OPENAI_API_KEY: "" } });
    assert.equal(done.code, 0, done.stderr);
    assert.equal(scene.server.requests[0]?.headers.authorization, `Bearer ${key}`);
    assert.doesNotMatch(scene.server.requests[1]?.body ?? "", new RegExp(key));
    assert.match(toolResults(scene.server.requests[1])[0] ?? "", /auth\.json: No such file or directory/);
  });
});
