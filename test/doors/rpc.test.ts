import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { openFettle } from "@fettle/sdk";
import type { ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { fettleProgram } from "../support/fettle.ts";
import { appeared, itemsOf, livingProcesses, openScene, type Scene, storedLog } from "../support/scripted-run.ts";

/* `fettle rpc` as a program in any language meets it. */

const shell = (command: string): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command, yield_ms: 600_000 } }],
});

const envOf = (scene: Scene): NodeJS.ProcessEnv => {
  mkdirSync(scene.home, { recursive: true });
  return { PATH: process.env.PATH, HOME: scene.home, FETTLE_HOME: scene.home, OPENAI_API_KEY: "dummy" };
};

type Message = {
  id?: unknown;
  method?: string;
  params?: unknown;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
};
type Program = {
  readonly child: ChildProcessWithoutNullStreams;
  write(text: string): void;
  /** Resolves with the first message, past or to come, that fits. */
  message(fits: (message: Message) => boolean): Promise<Message>;
  ask(method: string, params: unknown): Promise<Message>;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
};

const openProgram = (t: TestContext, scene: Scene): Program => {
  const child = spawn(fettleProgram, ["rpc"], { cwd: scene.home, env: envOf(scene), stdio: "pipe" });
  const messages: Message[] = [];
  let [rest, stderr] = ["", ""];
  let waiting: { fits: (message: Message) => boolean; resolve: (message: Message) => void }[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = JSON.parse(line) as Message;
      messages.push(message);
      for (const one of waiting.filter(({ fits }) => fits(message))) one.resolve(message);
      waiting = waiting.filter(({ fits }) => !fits(message));
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const { promise: ended, resolve } = Promise.withResolvers<{ code: number | null; stderr: string }>();
  child.on("close", (code) => resolve({ code, stderr }));
  t.after(async () => {
    child.stdin.end();
    await ended;
  });
  let nextId = 0;
  const program: Program = {
    child,
    write: (text) => void child.stdin.write(text),
    message(fits) {
      const past = messages.find(fits);
      if (past !== undefined) return Promise.resolve(past);
      const { promise, resolve: found } = Promise.withResolvers<Message>();
      waiting.push({ fits, resolve: found });
      return promise;
    },
    ask(method, params) {
      const id = `own-${nextId++}`;
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      return program.message((message) => message.id === id);
    },
    ended,
  };
  return program;
};

const startIn = async (program: Program, scene: Scene): Promise<string> => {
  const config = [`openai_base_url=${scene.server.baseUrl}`];
  const { result } = await program.ask("thread/start", { cwd: scene.repository, model: "gpt-5", config });
  return String(result?.thread_id);
};

describe("fettle rpc", { concurrency: 2 }, () => {
  test("what is wrong with a message is said in its answer, and the next one is served", async (t) => {
    const scene = await openScene(t);
    const program = openProgram(t, scene);
    program.write("nonsense\n[]\n");
    assert.equal((await program.message(({ error }) => error?.code === -32700)).id, null);
    assert.equal((await program.message(({ error }) => error?.code === -32600)).id, null);
    const failure = async (method: string, params: unknown): Promise<string> => {
      const { error } = await program.ask(method, params);
      assert.doesNotMatch(error?.message ?? "\n", /\n/);
      return `${error?.code} ${error?.message}`;
    };
    assert.match(await failure("toString", {}), /^-32601 there is no method toString/);
    assert.match(await failure("initialize", { version: 7 }), /^-32602 this fettle speaks version 1, not 7/);
    assert.match(await failure("thread/start", {}), /^-32602 cwd: must be of type string$/);
    assert.match(await failure("thread/start", { cwd: "../x" }), /^-32602 cwd: \.\.\/x is not the absolute path/);
    assert.match(await failure("turn/run", { thread_id: "x", text: "hello" }), /^-32002 thread "x" was neither/);
    const thread_id = await startIn(program, scene);
    assert.match(await failure("turn/run", { thread_id, text: " " }), /^-32602 text: the prompt is empty/);
    assert.match(
      await failure("turn/run", { thread_id, text: "see", images: ["/nowhere.png"] }),
      /images: there is no file/,
    );
    assert.match(await failure("thread/fork", { thread_id }), /^-32602 this thread has no finished turn/);
    assert.match(
      await failure("thread/autonomy", { thread_id, level: "free" }),
      /^-32602 level: must be one of suggest, edit, run, trusted, full$/,
    );
    assert.equal((await program.ask("initialize", { version: 1 })).result?.version, 1);
  });

  for (const end of ["SIGTERM", "the end of its input"] as const)
    test(`${end} ends commands, turn and process`, async (t) => {
      const nap = `20${process.pid}.${end.length}`;
      const scene = await openScene(t, { steps: [shell(`touch begun; sleep ${nap}`)] });
      const program = openProgram(t, scene);
      const thread_id = await startIn(program, scene);
      const running = program.ask("turn/run", { thread_id, text: "sleep" });
      await appeared(join(scene.repository, "begun"));
      if (end === "SIGTERM") program.child.kill("SIGTERM");
      else program.child.stdin.end();
      assert.equal((await running).result?.status, "interrupted");
      assert.deepEqual(await program.ended, { code: 0, stderr: "" });
      assert.deepEqual(livingProcesses(nap), []);
      const last = storedLog(scene.home).at(-1);
      assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
    });

  test("an interrupt that comes while the thread is being opened ends the turn, with its words on record", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "Now." }] });
    const program = openProgram(t, scene);
    const thread_id = await startIn(program, scene);
    const lines = [
      { jsonrpc: "2.0", id: "run", method: "turn/run", params: { thread_id, text: "hello" } },
      { jsonrpc: "2.0", id: "stop", method: "turn/interrupt", params: { thread_id } },
    ];
    // One write: both are there before the first is worked on.
    program.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const { result } = await program.message(({ id }) => id === "run");
    assert.deepEqual([result?.status, result?.text], ["interrupted", ""]);
    assert.deepEqual((await program.message(({ id }) => id === "stop")).result, {});
    assert.equal(scene.server.requests.length, 0);
    assert.equal(itemsOf(storedLog(scene.home), "user_message")[0]?.text, "hello");
    assert.equal((await program.ask("turn/run", { thread_id, text: "again" })).result?.text, "Now.");
  });

  test("killed with -9 in mid-command, the SDK says so and another program goes on", async (t) => {
    const nap = `21${process.pid}.25`;
    const scene = await openScene(t, { steps: [shell(`touch begun; sleep ${nap}`), { text: "Back." }] });
    const options = { model: "gpt-5", config: [`openai_base_url=${scene.server.baseUrl}`] };
    const first = openFettle({ program: fettleProgram, env: envOf(scene) });
    const thread = await first.startThread({ ...options, cwd: scene.repository });
    const stream = thread.stream("sleep");
    const failed = assert.rejects(stream.result, /ended \(SIGKILL\)/);
    await appeared(join(scene.repository, "begun"));
    const [owner = ""] = globSync("threads/*/*/*/*/owner", { cwd: scene.home });
    process.kill(Number(readFileSync(join(scene.home, owner), "utf8")), "SIGKILL");
    await failed;
    for await (const event of stream) assert.notEqual(event.type, "turn.completed");
    const second = openFettle({ program: fettleProgram, env: envOf(scene) });
    t.after(() => second.close());
    const resumed = await second.resumeThread(thread.id, options);
    assert.equal((await resumed.run("go on")).text, "Back.");
    const commands = storedLog(scene.home).flatMap((event) =>
      event.type === "item.completed" && event.item.type === "command_execution" ? [event.item.error] : [],
    );
    assert.deepEqual(commands, ["fettle was stopped before this finished"]);
  });
});
