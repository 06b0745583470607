import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isExtension } from "../packages/agent/test/support/scripted-model.ts";
import { appeared, itemsOf, openScene, storedLog, threadIdOf, toolResults, wordsOf } from "./support/scripted-run.ts";

/* `fettle exec` as programs and people meet it: prompts in, answers and events out, threads that go on. */

const look = { calls: [{ name: "shell", arguments: { command: "cat a.txt" } }] };
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==";

const assertExtensions = (bodies: readonly string[]): void => {
  for (const [index, body] of bodies.entries())
    if (index > 0) assert.ok(isExtension(bodies[index - 1] ?? "", body), `request ${index + 1} extends the one before`);
};

describe("exec", { concurrency: 2 }, () => {
  for (const wire of ["responses", "chat"] as const)
    test(`${wire}: the answer alone goes to stdout, progress to stderr`, async (t) => {
      const scene = await openScene(t, { steps: [{ ...look, text: "I look." }, { text: "It says alpha." }] });
      const done = await scene.exec([...(wire === "chat" ? scene.chat() : []), "what does a.txt say?"]);
      assert.deepEqual({ code: done.code, stdout: done.stdout }, { code: 0, stdout: "It says alpha.\n" });
      assert.match(done.stderr, /^I look\.\n✓ \$ cat a\.txt — exit 0 · \d+\.\d s\n {4}alpha\n/);
      assert.match(done.stderr, /\nthread [0-9a-f-]{36} · 200 tokens in, 40 out(?: · \$0\.0006 for the thread)?\n$/);
      const { requests } = scene.server;
      assert.deepEqual(
        requests.map(({ path }) => path),
        Array(2).fill(wire === "chat" ? "/v1/chat/completions" : "/v1/responses"),
      );
      assertExtensions(requests.map(({ body }) => body));
      assert.match(toolResults(requests[1])[0] ?? "", /^exit 0 · \d+\.\d\d s\nalpha\n$/);
    });

  test("--json prints the events in order, each as the schema says, and the log holds them too", async (t) => {
    const scene = await openScene(t, {
      steps: [{ reasoning: { text: "Hm.", encrypted: "opaque" }, text: "I look.", ...look }, { text: "alpha" }],
    });
    const done = await scene.exec(["--json", "read a.txt"]);
    assert.equal(done.code, 0, done.stderr);
    const events = done.events();
    assert.deepEqual(
      events.map((event) => ("item" in event ? `${event.type} ${event.item.type}` : event.type)),
      [
        "thread.started",
        "turn.started",
        "item.completed user_message",
        "item.completed reasoning",
        "item.completed agent_message",
        "item.started command_execution",
        "item.completed command_execution",
        "item.completed agent_message",
        "turn.completed",
      ],
    );
    assert.equal(done.stderr, "");
    const last = events.at(-1);
    assert.deepEqual(last?.type === "turn.completed" && last.usage, {
      input_tokens: 200,
      cached_input_tokens: 0,
      cache_write_input_tokens: 0,
      output_tokens: 40,
      reasoning_output_tokens: 0,
    });
    const printed = new Set(events.map(({ type }) => type as string));
    const stored = storedLog(scene.home).filter(({ type }) => printed.has(type));
    assert.deepEqual(
      stored.map(({ seq: _, at: __, ...event }) => event),
      events,
    );
    const [, second] = scene.server.requests;
    assert.match(second?.body ?? "", /"encrypted_content":"opaque"/);
  });

  test("-i, -o, --output-schema and a prompt from standard input", async (t) => {
    const scene = await openScene(t, { steps: [{ text: '{"colour":"red"}' }] });
    writeFileSync(join(scene.repository, "pixel.png"), Buffer.from(pixel, "base64"));
    const schema = { type: "object", properties: { colour: { type: "string" } }, required: ["colour"] };
    writeFileSync(join(scene.repository, "schema.json"), JSON.stringify(schema));
    const done = await scene.exec(
      ["-i", "pixel.png", "-o", "deep/answer.json", "--output-schema", "schema.json", "-"],
      { input: "which colour?\nsay it\n" },
    );
    assert.deepEqual({ code: done.code, stdout: done.stdout }, { code: 0, stdout: '{"colour":"red"}\n' }, done.stderr);
    assert.equal(readFileSync(join(scene.repository, "deep/answer.json"), "utf8"), '{"colour":"red"}');
    const [request] = scene.server.requests;
    const body = JSON.parse(request?.body ?? "{}");
    assert.deepEqual(body.text.format.schema, schema);
    assert.deepEqual(body.input.at(-1).content, [
      { type: "input_text", text: "which colour?\nsay it\n" },
      { type: "input_image", image_url: `data:image/png;base64,${pixel}`, detail: "auto" },
    ]);
  });

  test("an answer that breaks the schema's form is said and fails", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "red, I think" }] });
    writeFileSync(join(scene.repository, "schema.json"), "{}");
    const done = await scene.exec(["--output-schema", "schema.json", "which colour?"]);
    assert.equal(done.code, 1);
    assert.match(done.stderr, /the answer is not JSON although --output-schema was given\n$/);
  });

  test("resume by id, by prefix and by --last: each request extends the last, over all turns", async (t) => {
    const scene = await openScene(t, {
      steps: [look, { text: "one" }, { text: "two" }, look, { text: "three" }, { text: "four" }],
    });
    const first = await scene.exec(["--json", "first"]);
    const id = threadIdOf(first.events());
    const second = await scene.exec(["resume", id, "second"]);
    const third = await scene.exec(["resume", id.slice(0, 13), "--json"], { input: "third" });
    const fourth = await scene.exec(["resume", "--last", "fourth"]);
    assert.deepEqual([second.stdout, fourth.stdout], ["two\n", "four\n"], second.stderr + fourth.stderr);
    assert.equal(threadIdOf(third.events()), id);
    const { requests } = scene.server;
    assert.equal(requests.length, 6);
    assertExtensions(requests.map(({ body }) => body));
    assert.deepEqual(wordsOf(requests[5], "user"), ["first", "second", "third", "fourth"]);
    const ids = storedLog(scene.home).flatMap((event) => (event.type === "item.completed" ? [event.item.id] : []));
    assert.equal(new Set(ids).size, ids.length, "item ids are unique in the thread");
    const listed = await scene.fettle(["threads", "--json"]);
    assert.equal(JSON.parse(listed.stdout).turns, 4);
  });

  test("AGENTS.md is told; --print-input is what is sent and leaves no trace", async (t) => {
    const scene = await openScene(t, {
      steps: [{ text: "ok" }],
      files: { "AGENTS.md": "Say please.\n", "sub/AGENTS.md": "Say thanks.\n", "sub/b.txt": "b\n" },
    });
    const shown = await scene.exec(["--print-input", "-C", "sub", "hello"]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(scene.server.requests.length, 0);
    assert.equal((await scene.fettle(["threads", "--all"])).stdout, "");
    await scene.exec(["-C", "sub", "hello"]);
    const preview = JSON.parse(shown.stdout);
    const [request] = scene.server.requests;
    const sent = JSON.parse(request?.body ?? "{}");
    assert.equal(preview.instructions, sent.instructions);
    assert.deepEqual(
      preview.tools.map(({ name }: { name: string }) => name),
      sent.tools.map(({ name }: { name: string }) => name),
    );
    const told = (item: { content: { text: string }[] }) => item.content.map(({ text }) => text);
    assert.deepEqual(preview.input.map(told), sent.input.map(told));
    assert.match(wordsOf(request, "developer")[0] ?? "", /Say please\.[\s\S]*Say thanks\./);
  });

  test("--print-input tells also how a killed run is taken up, and changes nothing in its log", async (t) => {
    const command = { name: "shell", arguments: { command: "touch begun; sleep 60", yield_ms: 600_000 } };
    const scene = await openScene(t, { steps: [{ calls: [command] }, { text: "ok" }] });
    const run = scene.start(["--json", "first"]);
    await Promise.race([appeared(join(scene.repository, "begun")), run.finished]);
    run.child.kill("SIGKILL");
    await run.finished;
    const before = storedLog(scene.home);
    const shown = await scene.exec(["resume", "--last", "--print-input", "second"]);
    assert.deepEqual(storedLog(scene.home), before);
    await scene.exec(["resume", "--last", "second"]);
    type Entry = { type: string; content?: { text: string }[]; output?: string };
    // Ours and the wire's words for the entries differ; what stands in them does not.
    const brief = ({ content, output }: Entry) => output ?? content?.[0]?.text ?? "the model's call";
    const preview = JSON.parse(shown.stdout).input.map(brief);
    const sent = JSON.parse(scene.server.requests[1]?.body ?? "{}").input.map(brief);
    assert.deepEqual(preview, sent);
    assert.match(JSON.stringify(sent), /fettle was stopped before this finished; it may have run in part/);
  });

  test("changed instructions are told when the thread goes on, without touching what was sent", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "ok" }, { text: "ok" }], files: { "AGENTS.md": "Old.\n" } });
    await scene.exec(["hello"]);
    writeFileSync(join(scene.repository, "AGENTS.md"), "New.\n");
    await scene.exec(["resume", "--last", "again"]);
    assertExtensions(scene.server.requests.map(({ body }) => body));
    const told = wordsOf(scene.server.requests[1], "developer");
    assert.deepEqual([told.length, told[0]?.includes("Old."), told[1]?.includes("New.")], [2, true, true]);
  });

  test("evidence: passed, stale and failed checks are told apart, for people and for programs", async (t) => {
    const patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-alpha\n+beta\n*** End Patch\n";
    const check = (name: string) => ({ calls: [{ name: "shell", arguments: { command: `node ${name}.test.js` } }] });
    const scene = await openScene(t, {
      steps: [
        check("early"),
        { calls: [{ name: "apply_patch", input: patch }] },
        check("late"),
        check("broken"),
        { text: "Done." },
      ],
      files: { "early.test.js": "", "late.test.js": "", "broken.test.js": "process.exit(1)" },
    });
    const done = await scene.exec(["change a.txt"]);
    assert.equal(done.code, 0);
    const evidence = done.stderr.slice(done.stderr.indexOf("Evidence"));
    assert.match(evidence, /^Evidence for tree [0-9a-f]{12}\n/);
    assert.match(evidence, /~ node early\.test\.js — stale/);
    assert.match(evidence, /✓ node late\.test\.js — passed on the final files/);
    assert.match(evidence, /✗ node broken\.test\.js — failed on the final files/);
    const completed = storedLog(scene.home).findLast((event) => event.type === "turn.completed");
    assert.deepEqual(completed?.type === "turn.completed" && completed.evidence?.map(({ standing }) => standing), [
      "stale",
      "passed",
      "failed",
    ]);
    const diff = await scene.fettle(["diff"]);
    assert.match(diff.stdout, /-alpha\n\+beta\n/);
    const undone = await scene.fettle(["undo"]);
    assert.equal(undone.code, 0, undone.stderr);
    assert.equal(readFileSync(join(scene.repository, "a.txt"), "utf8"), "alpha\n");
  });

  test("--check is run by fettle itself: exit 3 when one fails, and it says which", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "All good." }, { text: "All good." }] });
    const failing = await scene.exec([
      "--json",
      "--check",
      "grep -q beta a.txt",
      "--check",
      "grep -q alpha a.txt",
      "go",
    ]);
    assert.equal(failing.code, 3);
    const checks = itemsOf(failing.events(), "command_execution");
    assert.deepEqual(
      checks.map(({ command, exit_code, origin }) => [command, exit_code, origin]),
      [
        ["grep -q beta a.txt", 1, "check"],
        ["grep -q alpha a.txt", 0, "check"],
      ],
    );
    const completed = failing.events().at(-1);
    assert.deepEqual(
      completed?.type === "turn.completed" && completed.evidence?.map(({ command, standing }) => [command, standing]),
      [
        ["grep -q beta a.txt", "failed"],
        ["grep -q alpha a.txt", "passed"],
      ],
    );
    const passing = await scene.exec(["resume", "--last", "--check", "grep -q alpha a.txt", "again"]);
    assert.deepEqual({ code: passing.code, stdout: passing.stdout }, { code: 0, stdout: "All good.\n" });
    assert.match(passing.stderr, /✓ grep -q alpha a\.txt — passed on the final files/);
  });
});
