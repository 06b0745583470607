import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { Codex, type ThreadEvent, type ThreadOptions } from "@openai/codex-sdk";
import { isExtension } from "../packages/agent/test/support/scripted-model.ts";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { fettleProgram, makeRepository, scratch } from "./support/fettle.ts";
import { appeared, livingProcesses, openScene, type Scene, storedLog, vanished } from "./support/scripted-run.ts";

/* The published Codex SDK, unchanged, with fettle as the program it drives. */

const root = join(import.meta.dirname, "..");
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==";
const shell = (command: string): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command, yield_ms: 600_000 } }],
});

const openCodex = async (t: TestContext, steps: readonly ScriptedStep[]) => {
  const scene = await openScene(t, { steps });
  mkdirSync(scene.home, { recursive: true });
  const codex = new Codex({
    codexPathOverride: fettleProgram,
    baseUrl: scene.server.baseUrl,
    apiKey: "dummy",
    env: { PATH: process.env.PATH ?? "", HOME: scene.home, FETTLE_HOME: scene.home },
  });
  return { scene, codex, options: optionsFor(scene) };
};
const optionsFor = (scene: Scene): ThreadOptions => ({ model: "gpt-5", workingDirectory: scene.repository });

describe("@openai/codex-sdk", { concurrency: 2 }, () => {
  test("starts a thread, goes on in it, and resumes it by id", async (t) => {
    const { scene, codex, options } = await openCodex(t, [
      { ...shell("cat a.txt"), text: "I look." },
      { text: "alpha" },
      { text: "still alpha" },
      { text: "alpha, as ever" },
    ]);
    const thread = codex.startThread({ ...options, modelReasoningEffort: "low", approvalPolicy: "never" });
    const first = await thread.run("what does it say?");
    assert.equal(first.finalResponse, "alpha");
    assert.deepEqual(first.usage, {
      input_tokens: 200,
      cached_input_tokens: 0,
      cache_write_input_tokens: 0,
      output_tokens: 40,
      reasoning_output_tokens: 0,
    });
    const command = first.items.find((item) => item.type === "command_execution");
    assert.deepEqual([command?.aggregated_output, command?.exit_code, command?.status], ["alpha\n", 0, "completed"]);
    assert.equal((await thread.run("and now?")).finalResponse, "still alpha");
    const { id } = thread;
    assert.ok(id !== null);
    const resumed = codex.resumeThread(id, { ...options, modelReasoningEffort: "low" });
    assert.equal((await resumed.run("again?")).finalResponse, "alpha, as ever");
    assert.equal(resumed.id, id);
    const bodies = scene.server.requests.map(({ body }) => body);
    for (const [index, body] of bodies.entries())
      if (index > 0) assert.ok(isExtension(bodies[index - 1] ?? "", body), `request ${index + 1}`);
    assert.equal(JSON.parse(bodies[0] ?? "{}").reasoning.effort, "low");
  });

  test("streams events of the kinds it knows, in order", async (t) => {
    const patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-alpha\n+beta\n*** End Patch\n";
    const plan = { plan: [{ step: "change", status: "completed" }] };
    const { codex, options } = await openCodex(t, [
      { reasoning: { text: "Thinking." }, calls: [{ name: "update_plan", arguments: plan }] },
      { calls: [{ name: "apply_patch", input: patch }] },
      { text: "changed" },
    ]);
    const { events } = await codex.startThread(options).runStreamed("change it");
    const seen: ThreadEvent[] = [];
    for await (const event of events) seen.push(event);
    assert.deepEqual(
      seen.map((event) => ("item" in event ? `${event.type} ${event.item.type}` : event.type)),
      [
        "thread.started",
        "turn.started",
        "item.completed user_message",
        "item.completed reasoning",
        "item.started todo_list",
        "item.completed file_change",
        "item.completed agent_message",
        "item.completed todo_list",
        "turn.completed",
      ],
    );
    const change = seen.find((event) => "item" in event && event.item.type === "file_change");
    assert.deepEqual(
      change !== undefined && "item" in change && change.item.type === "file_change" && change.item.changes,
      [{ path: "a.txt", kind: "update" }],
    );
  });

  test("output schema and local pictures arrive at the model", async (t) => {
    const { scene, codex, options } = await openCodex(t, [{ text: '{"colour":"red"}' }]);
    const path = join(scene.repository, "pixel.png");
    writeFileSync(path, Buffer.from(pixel, "base64"));
    const outputSchema = { type: "object", properties: { colour: { type: "string" } }, required: ["colour"] };
    const input = [
      { type: "text" as const, text: "which colour?" },
      { type: "local_image" as const, path },
    ];
    const { finalResponse } = await codex.startThread(options).run(input, { outputSchema });
    assert.deepEqual(JSON.parse(finalResponse), { colour: "red" });
    const body = JSON.parse(scene.server.requests[0]?.body ?? "{}");
    assert.deepEqual(body.text.format.schema, outputSchema);
    assert.equal(body.input.at(-1).content[1].image_url, `data:image/png;base64,${pixel}`);
  });

  test("sandbox modes and additional directories hold", async (t) => {
    const { scene, codex, options } = await openCodex(t, []);
    const other = join(scene.home, "..", "other");
    mkdirSync(other);
    const write = (name: string) => shell(`echo x > ${name}; echo x > '${other}/${name}'`);
    scene.server.push(write("read"), { text: "ok" }, write("work"), { text: "ok" });
    scene.server.push(write("both"), { text: "ok" }, write("full"), { text: "ok" });
    await codex.startThread({ ...options, sandboxMode: "read-only" }).run("write");
    await codex.startThread({ ...options, sandboxMode: "workspace-write" }).run("write");
    await codex
      .startThread({ ...options, sandboxMode: "workspace-write", additionalDirectories: [other] })
      .run("write");
    await codex.startThread({ ...options, sandboxMode: "danger-full-access" }).run("write");
    const written = ["read", "work", "both", "full"].map((name) => [
      existsSync(join(scene.repository, name)),
      existsSync(join(other, name)),
    ]);
    assert.deepEqual(written, [
      [false, false],
      [true, false],
      [true, true],
      [true, true],
    ]);
  });

  test("an abort ends command and program; the thread resumes", async (t) => {
    const nap = `16${process.pid}.25`;
    const { scene, codex, options } = await openCodex(t, [shell(`touch begun; sleep ${nap}`), { text: "Resumed." }]);
    const thread = codex.startThread(options);
    const controller = new AbortController();
    const running = thread.run("sleep", { signal: controller.signal });
    const failed = assert.rejects(running, { name: "AbortError" });
    await Promise.race([appeared(join(scene.repository, "begun")), failed]);
    // The owner's file goes away with the lock, which is the last thing the program gives back.
    const [folder] = globSync("threads/*/*/*/*/", { cwd: scene.home });
    const owner = join(scene.home, folder ?? "", "owner");
    assert.ok(existsSync(owner));
    controller.abort();
    await failed;
    await vanished(owner);
    assert.deepEqual(livingProcesses(nap), []);
    const last = storedLog(scene.home).at(-1);
    assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
    assert.equal((await codex.resumeThread(thread.id ?? "", options).run("go on")).finalResponse, "Resumed.");
  });

  test("failures become errors that say why", async (t) => {
    const refuse: ScriptedStep = { fault: { type: "status", status: 401, body: { error: { message: "bad key" } } } };
    const { codex, options } = await openCodex(t, [refuse]);
    await assert.rejects(codex.startThread(options).run("hello"), /key/i);
    await assert.rejects(
      codex.startThread({ ...options, workingDirectory: "/nowhere/at/all" }).run("hello"),
      /Codex Exec exited with code 2: fettle: -C: there is no folder \/nowhere\/at\/all/,
    );
    await assert.rejects(
      codex.resumeThread("01234567-0000-7000-8000-000000000000", options).run("hello"),
      /Codex Exec exited with code 2: fettle: .*01234567-0000-7000-8000-000000000000/,
    );
  });

  test("the example of docs/exec.md works as it stands there", async () => {
    const { path, home } = scratch("example");
    const repository = makeRepository(join(path, "work"), {
      "package.json": '{ "name": "add", "type": "module", "scripts": { "test": "node --test" } }\n',
      "add.js": "export const add = (a, b) => a - b;\n",
      "add.test.js": `import assert from "node:assert";\nimport { test } from "node:test";\nimport { add } from "./add.js";
test("adds", () => assert.equal(add(2, 3), 5));\ntest("adds zero", () => assert.equal(add(2, 0), 2));\n`,
    });
    const text = readFileSync(join(root, "docs/exec.md"), "utf8");
    const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
    assert.match(code, /codexPathOverride/);
    const filled = code.replace("/path/to/fettle/bin/fettle", fettleProgram).replace("/path/to/repository", repository);
    const env = { PATH: process.env.PATH, HOME: home, FETTLE_HOME: home };
    const output = await new Promise<string>((resolve, reject) =>
      execFile(process.execPath, ["--input-type=module", "-e", filled], { cwd: root, env }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`${error.message}${stderr}`)),
      ),
    );
    assert.match(output, /add\.js/);
    assert.match(readFileSync(join(repository, "add.js"), "utf8"), /a \+ b/);
  });
});
