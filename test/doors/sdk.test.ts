import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import {
  type Fettle,
  FettleError,
  openFettle,
  type Question,
  type ThreadEvent,
  type ThreadOptions,
  tool,
} from "@fettle/sdk";
import * as z from "zod";
import { isExtension } from "../../packages/agent/test/support/scripted-model.ts";
import type { ScriptedAnswer, ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import { fettleProgram } from "../support/fettle.ts";
import {
  appeared,
  livingProcesses,
  openScene,
  type Scene,
  storedLog,
  toolResults,
  wordsOf,
} from "../support/scripted-run.ts";

/* @fettle/sdk, driving the real program. */

const shell = (command: string): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command, yield_ms: 600_000 } }],
});
const call = (name: string, args: Record<string, unknown> | string): ScriptedStep => ({
  calls: [{ name, arguments: args }],
});

type Stage = { readonly scene: Scene; readonly fettle: Fettle; readonly options: ThreadOptions };

const openStage = async (t: TestContext, steps: readonly ScriptedAnswer[]): Promise<Stage> => {
  const scene = await openScene(t, { steps });
  mkdirSync(scene.home, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: scene.home, FETTLE_HOME: scene.home, OPENAI_API_KEY: "dummy" };
  const fettle = openFettle({ program: fettleProgram, env });
  t.after(() => fettle.close());
  const config = [`openai_base_url=${scene.server.baseUrl}`];
  return { scene, fettle, options: { cwd: scene.repository, model: "gpt-5", config } };
};

describe("@fettle/sdk", { concurrency: 2 }, () => {
  test("starts, goes on, resumes and forks; each request extends the last", async (t) => {
    const { scene, fettle, options } = await openStage(t, [
      shell("cat a.txt"),
      { text: "alpha" },
      { text: "still" },
      { text: "ever" },
      { text: "forked" },
    ]);
    const thread = await fettle.startThread({ ...options, effort: "low" });
    const first = await thread.run("what does it say?", { checks: ["true"] });
    assert.deepEqual(
      [first.status, first.text, first.checks_passed, first.output],
      ["completed", "alpha", true, undefined],
    );
    assert.equal(first.usage.input_tokens, 200);
    assert.ok(first.cost !== null && first.cost > 0);
    assert.equal((await thread.run("and now?")).thread_usage.input_tokens, 300);
    const resumed = await fettle.resumeThread(thread.id, {
      model: "gpt-5",
      effort: "low",
      config: options.config ?? [],
    });
    assert.equal((await resumed.run("again?")).text, "ever");
    const fork = await resumed.fork(1);
    assert.notEqual(fork.id, thread.id);
    assert.equal((await fork.run("another way")).text, "forked");
    const bodies = scene.server.requests.map(({ body }) => body);
    for (const [index, body] of bodies.slice(0, 4).entries())
      if (index > 0) assert.ok(isExtension(bodies[index - 1] ?? "", body), `request ${index + 1}`);
    assert.deepEqual(wordsOf(scene.server.requests.at(-1), "user"), ["what does it say?", "another way"]);
  });

  test("streams typed events with live text, and leaving the loop interrupts", async (t) => {
    const nap = `19${process.pid}.25`;
    const { scene, fettle, options } = await openStage(t, [
      { reasoning: { text: "Hm." }, text: ["Well, ", "yes."] },
      shell(`echo begun; sleep ${nap}`),
    ]);
    const thread = await fettle.startThread(options);
    const stream = thread.stream("is it?");
    const seen: ThreadEvent[] = [];
    for await (const event of stream) seen.push(event);
    assert.equal((await stream.result).text, "Well, yes.");
    const deltas = seen.flatMap((event) => (event.type === "item.delta" ? [[event.kind, event.delta]] : []));
    assert.deepEqual(deltas, [
      ["reasoning", "Hm."],
      [undefined, "Well, "],
      [undefined, "yes."],
    ]);
    assert.deepEqual([seen[0]?.type, seen.at(-1)?.type], ["thread.started", "turn.completed"]);
    const second = thread.stream("sleep");
    for await (const event of second) if (event.type === "item.delta" && event.delta.includes("begun")) break;
    assert.equal((await second.result).status, "interrupted");
    assert.deepEqual(livingProcesses(nap), []);
    const last = storedLog(scene.home).at(-1);
    assert.equal(last?.type === "turn.failed" && last.error.code, "interrupted");
  });

  test("a signal interrupts; steers and queued words arrive", async (t) => {
    const { scene, fettle, options } = await openStage(t, [
      shell("touch begun; until [ -e go ]; do sleep 0.02; done"),
      { text: "one" },
      { text: "two" },
      shell("touch again; sleep 600"),
    ]);
    const thread = await fettle.startThread(options);
    const running = thread.run("work");
    await appeared(join(scene.repository, "begun"));
    await assert.rejects(thread.run("at once"), (error) => {
      assert.ok(error instanceof FettleError);
      assert.match(error.message, /a turn of this thread is running/);
      return true;
    });
    await thread.steer("mind the gap");
    await thread.queue("then rest");
    writeFileSync(join(scene.repository, "go"), "");
    assert.equal((await running).text, "two");
    assert.deepEqual(wordsOf(scene.server.requests[1], "user"), ["work", "mind the gap"]);
    assert.deepEqual(wordsOf(scene.server.requests[2], "user"), ["work", "mind the gap", "then rest"]);
    const controller = new AbortController();
    const aborted = thread.run("sleep", { signal: controller.signal });
    await appeared(join(scene.repository, "again"));
    controller.abort();
    assert.equal((await aborted).status, "interrupted");
    await assert.rejects(thread.run("no", { signal: controller.signal }), { name: "AbortError" });
  });

  test("questions go to the callback; without one nobody is there", async (t) => {
    const { scene, fettle, options } = await openStage(t, [
      shell("touch one"),
      shell("touch two"),
      { text: "done" },
      shell("touch three"),
      { text: "done" },
      shell("touch four"),
      { text: "done" },
    ]);
    const asked: string[] = [];
    const thread = await fettle.startThread({
      ...options,
      autonomy: "edit",
      approve(question) {
        if (question.subject.kind === "command") asked.push(question.subject.command);
        return asked.length === 1 ? "once" : { choice: "no", message: "use the other folder" };
      },
    });
    await thread.run("touch");
    assert.deepEqual(asked, ["touch one", "touch two"]);
    assert.deepEqual(
      ["one", "two"].map((name) => existsSync(join(scene.repository, name))),
      [true, false],
    );
    assert.match(toolResults(scene.server.requests[2]).at(-1) ?? "", /use the other folder/);
    await thread.setAutonomy("run");
    await thread.run("again");
    assert.equal(existsSync(join(scene.repository, "three")), true);
    const alone = await fettle.startThread({ ...options, autonomy: "edit" });
    await alone.run("touch");
    assert.equal(existsSync(join(scene.repository, "four")), false);
  });

  test("a changed proposal is judged, asked about again, and written when it is agreed to", async (t) => {
    const { scene, fettle, options } = await openStage(t, [shell("touch one"), shell("touch two"), { text: "done" }]);
    const rule = '[[rule]]\nprefix = ["touch"]\ndecision = "allow"\n';
    const seen: Question["changed"][] = [];
    const thread = await fettle.startThread({
      ...options,
      autonomy: "edit",
      approve({ changed }) {
        seen.push(changed);
        return { choice: "always", ...(changed === undefined ? { proposal: "nonsense" } : { proposal: rule }) };
      },
    });
    await thread.run("touch");
    const [first, refused, agreed, ...others] = seen;
    assert.equal(first, undefined);
    assert.ok(refused?.ok === false && refused.why !== "");
    assert.ok(agreed?.ok === true && agreed.allows.length === 1, JSON.stringify(agreed));
    assert.deepEqual(others, [], "the second command is allowed by the rule");
    assert.match(readFileSync(join(scene.home, "rules.toml"), "utf8"), /prefix = \["touch"\]/);
  });

  test("tools run in the caller's process, with checked arguments, and are interrupted", async (t) => {
    const { scene, fettle, options } = await openStage(t, [
      call("weather", { city: "Bergen" }),
      call("weather", { town: 5 }),
      call("weather", "{nonsense"),
      call("weather", { city: "nowhere" }),
      call("picture", {}),
      { text: "umbrella" },
      call("slow", {}),
    ]);
    const pixel =
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==";
    const pid = process.pid;
    const begun = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const tools = [
      tool({
        name: "weather",
        description: "The weather in a city",
        parameters: z.object({ city: z.string() }),
        run({ city }) {
          if (city === "nowhere") throw new Error("there is no such city");
          return { city, rain: true, pid: process.pid };
        },
      }),
      tool({
        name: "picture",
        description: "A picture",
        parameters: { type: "object", properties: {} },
        run: () => ({ content: [{ type: "image", url: pixel }] }),
      }),
      tool({
        name: "slow",
        description: "Never ends",
        parameters: { type: "object", properties: {} },
        run: (_, { signal }) =>
          new Promise(() => {
            signal.addEventListener("abort", () => stopped.resolve());
            begun.resolve();
          }),
      }),
    ];
    const thread = await fettle.startThread({ ...options, tools });
    const stream = thread.stream("umbrella?");
    const shown: string[] = [];
    for await (const event of stream)
      if (event.type === "item.completed" && event.item.type === "tool_call")
        shown.push(`${event.item.tool} ${event.item.status} ${event.item.error ?? ""}`.trim());
    assert.equal((await stream.result).text, "umbrella");
    const results = toolResults(scene.server.requests[5]);
    assert.match(results[0] ?? "", new RegExp(`"rain\\\\?":true.*${pid}`));
    assert.match(results[1] ?? "", /not valid.*city/);
    assert.match(results[2] ?? "", /not valid JSON/);
    assert.match(results[3] ?? "", /there is no such city/);
    assert.match(results[4] ?? "", /data:image\/png/);
    assert.deepEqual(
      shown.map((line) => line.split(" ").slice(0, 2).join(" ")),
      ["weather completed", ...Array.from({ length: 3 }, () => "weather failed"), "picture completed"],
    );
    const body = JSON.parse(scene.server.requests[0]?.body ?? "{}") as {
      tools: { name?: string; parameters?: unknown }[];
    };
    const told = body.tools.find(({ name }) => name === "weather");
    assert.deepEqual(told?.parameters, {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    });
    const waiting = thread.run("wait");
    await begun.promise;
    await thread.interrupt();
    assert.equal((await waiting).status, "interrupted");
    await stopped.promise;
    const clash = tool({ name: "shell", description: "mine", parameters: { type: "object" }, run: () => "" });
    await assert.rejects(fettle.startThread({ ...options, tools: [clash] }), /tools: the name shell is taken/);
  });

  test("an answer is read by its schema, and one that does not fit is an error", async (t) => {
    const { scene, fettle, options } = await openStage(t, [
      { text: '{"colour":"red"}' },
      { text: '{"colour":5}' },
      { text: '{"colour":"blue"}' },
    ]);
    const schema = z.object({ colour: z.string() });
    const thread = await fettle.startThread(options);
    const { output } = await thread.run("which?", { schema });
    const colour: string | undefined = output?.colour;
    assert.equal(colour, "red");
    const body = JSON.parse(scene.server.requests[0]?.body ?? "{}");
    assert.deepEqual(body.text.format.schema.properties, { colour: { type: "string" } });
    await assert.rejects(thread.run("which?", { schema }), { name: "FettleError", code: "schema" });
    const loose = { type: "object", properties: { colour: { type: "string" } } };
    assert.deepEqual((await thread.run("which?", { schema: loose })).output, { colour: "blue" });
  });

  test("failures say why: of the turn, of the options, of the program", async (t) => {
    const refuse: ScriptedStep = { fault: { type: "status", status: 401, body: { error: { message: "bad key" } } } };
    const { fettle, options } = await openStage(t, [refuse]);
    const failed = await (await fettle.startThread(options)).run("hello");
    assert.deepEqual([failed.status, failed.error?.code], ["failed", "authentication"]);
    assert.match(failed.error?.message ?? "", /key/i);
    await assert.rejects(fettle.startThread({ ...options, cwd: "/nowhere/at/all" }), /cwd: \/nowhere\/at\/all is not/);
    await assert.rejects(fettle.resumeThread("01234567-0000-7000-8000-000000000000"), /There is no thread/);
    const missing = openFettle({ program: "/nowhere/fettle" });
    await assert.rejects(missing.startThread(options), /\/nowhere\/fettle cannot be started: there is no such program/);
    await missing.close();
    const other = openFettle({ program: [process.execPath, "-e", "console.error('no luck'); process.exit(3)"] });
    await assert.rejects(other.startThread(options), /ended \(exit 3\): no luck/);
    await other.close();
    await fettle.close();
    await assert.rejects(fettle.startThread(options), /^FettleError: it is closed/);
  });
});
