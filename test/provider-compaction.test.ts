import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EventOf } from "@fettle/protocol";
import { isExtension } from "../packages/agent/test/support/scripted-model.ts";
import type { ScriptedRequest, ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { itemsOf, openScene, type Scene, storedLog, threadIdOf, toolResults, wordsOf } from "./support/scripted-run.ts";

/* A provider that compacts conversations itself, through the whole program. */

const long = (name: string, input: number): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command: `seq 1 400 | sed 's/^/${name} /'` } }],
  usage: { input, output: 20 },
});
const sealed = (content: string, input = 17_800): ScriptedStep => ({
  compaction: content,
  usage: { input, output: 60 },
});
const notes: ScriptedStep = { text: "- notes", usage: { input: 17_900, output: 30 } };
const done: ScriptedStep = { text: "Done.", usage: { input: 5000, output: 5 } };
const status = (code: number): ScriptedStep => ({ fault: { type: "status", status: code } });

const offered = ["-c", "model_providers.openai.supports_compaction=true"];
const window = [...offered, "-c", "model_context_window=20000"];

type Item = { type: string; encrypted_content?: string };
const inputOf = (request: ScriptedRequest | undefined): Item[] =>
  (JSON.parse(request?.body ?? "{}") as { input?: Item[] }).input ?? [];
/** The encrypted contents that a request brings back, in order. */
const sealsIn = (request: ScriptedRequest | undefined): (string | undefined)[] =>
  inputOf(request)
    .filter(({ type }) => type === "compaction")
    .map((item) => item.encrypted_content);
const checkpointIn = (request: ScriptedRequest | undefined): string | undefined =>
  wordsOf(request, "developer").find((text) => text.startsWith("# Checkpoint"));
const paths = (scene: Scene): string[] => scene.server.requests.map(({ path }) => path.replace("/v1/", ""));
const compactions = (scene: Scene): EventOf<"thread.compacted">[] =>
  storedLog(scene.home).filter((event) => event.type === "thread.compacted");

describe("compaction on the provider's side", { concurrency: 2 }, () => {
  test("is used where it is offered, in one call, with the readable checkpoint beside it", async (t) => {
    const scene = await openScene(t, {
      steps: [long("first", 4000), long("second", 17_000), sealed("gAAAfirst=="), long("third", 5000), done, done],
    });
    const run = await scene.exec([...window, "--json", "Count, and never delete a.txt."]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(paths(scene), ["responses", "responses", "responses/compact", "responses", "responses"]);
    const [, second, asked, after, next] = scene.server.requests;
    const body = JSON.parse(asked?.body ?? "{}") as Record<string, unknown>;
    assert.deepEqual(Object.keys(body), ["model", "prompt_cache_key", "instructions", "input"]);
    assert.equal(body.model, "gpt-5");
    assert.deepEqual(inputOf(asked), inputOf(second).slice(0, inputOf(asked).length), "what gives way, as it was told");
    assert.equal(toolResults(asked).length, 1);

    const kinds = inputOf(after).map(({ type }) => type);
    assert.deepEqual(kinds.slice(0, 4), ["message", "message", "compaction", "message"]);
    assert.deepEqual(sealsIn(after), ["gAAAfirst=="]);
    const checkpoint = checkpointIn(after) ?? "";
    assert.match(checkpoint, /Count, and never delete a\.txt\./);
    assert.match(checkpoint, /`seq 1 400 \| sed 's\/\^\/first \/'`: exit 0/);
    assert.doesNotMatch(checkpoint, /Your own notes/);
    assert.match(toolResults(after)[0] ?? "", /second 400/, "the last exchange stays as it was");
    assert.ok(isExtension(after?.body ?? "", next?.body ?? ""));

    const turn = storedLog(scene.home).find(({ type }) => type === "turn.completed");
    assert.equal(turn?.type === "turn.completed" && turn.usage.input_tokens, 4000 + 17_000 + 17_800 + 5000 + 5000);
    assert.ok(compactions(scene)[0]?.sealed?.encrypted.join().includes("gAAAfirst=="));
    assert.ok(run.stdout.includes("thread.compacted") && !run.stdout.includes("gAAAfirst=="));

    await scene.exec([...window, "resume", "--last", "Are you there?"]);
    assert.ok(isExtension(next?.body ?? "", scene.server.requests[5]?.body ?? ""), "a new process sends the same");
    const shown = await scene.fettle(["threads", "show", threadIdOf(run.events()), "--checkpoints"]);
    assert.match(
      shown.stdout,
      /^=== .* tokens; beside it what gpt-5 reads of its provider's own making, \d+ bytes\)\n# Checkpoint\n/,
    );
    assert.ok(!shown.stdout.includes("gAAAfirst=="));
  });

  test("compacts what it had compacted before, which then gives way to the new", async (t) => {
    const scene = await openScene(t, {
      steps: [
        ...[long("first", 4000), long("second", 17_000), sealed("gAAAone")],
        ...[long("third", 5000), long("fourth", 17_000), sealed("gAAAtwo"), done],
      ],
    });
    const run = await scene.exec([...window, "count"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(sealsIn(scene.server.requests[5]), ["gAAAone"]);
    assert.deepEqual(sealsIn(scene.server.requests[6]), ["gAAAtwo"]);
    assert.equal(wordsOf(scene.server.requests[6], "developer").length, 2, "surroundings and one checkpoint");
  });

  const faults: readonly (readonly [name: string, step: ScriptedStep, says: RegExp, options?: readonly string[]])[] = [
    ["a service without it", status(404), /has no responses\/compact \(404\)/],
    ["a broken service", status(500), /500/],
    ["an answer that is no JSON", { fault: { type: "malformed" } }, /cannot be read/],
    ["an answer without anything sealed", sealed(""), /cannot be read/],
    ["a lost connection", { fault: { type: "reset" } }, /connection/i],
    [
      "no answer in time",
      { fault: { type: "silent" } },
      /did not compact: .*\b3 s\b/,
      ["-c", "model_providers.openai.stream_idle_timeout_ms=3000"],
    ],
    ["an answer that is hardly shorter", sealed("x".repeat(40_000)), /hardly shorter/],
  ];
  for (const [name, step, says, options = []] of faults) {
    test(`${name}: the readable way at once, and for the rest of the run`, async (t) => {
      const scene = await openScene(t, {
        steps: [
          ...[long("first", 4000), long("second", 17_000), step, notes],
          ...[long("third", 5000), long("fourth", 17_000), notes, done],
        ],
      });
      const run = await scene.exec([...window, ...options, "--json", "Count, and never delete a.txt."]);
      assert.equal(run.code, 0, run.stderr);
      assert.deepEqual(
        paths(scene)
          .map((path, index) => (path.endsWith("compact") ? index : -1))
          .filter((index) => index >= 0),
        [2],
      );
      for (const request of [scene.server.requests[4], scene.server.requests[7]]) {
        assert.deepEqual(sealsIn(request), []);
        assert.match(checkpointIn(request) ?? "", /never delete a\.txt\.[\s\S]*- notes/);
      }
      const told = itemsOf(run.events(), "error").map(({ message }) => message);
      assert.equal(told.length, 1, told.join("\n"));
      assert.match(told[0] ?? "", says);
      assert.match(told[0] ?? "", /from here on fettle compacts without the provider$/);
      assert.ok(compactions(scene).every((event) => event.sealed === undefined));
    });
  }

  test("another model, and a fork with another, read the checkpoint; the first one has its own back", async (t) => {
    const scene = await openScene(t, {
      steps: [long("first", 4000), long("second", 17_000), sealed("gAAAmine"), done, done, done, done, done, done],
    });
    const run = await scene.exec([...window, "--json", "Count, and never delete a.txt."]);
    const id = threadIdOf(run.events());
    const forked = (await scene.fettle(["fork", id])).stdout.trim();
    const ask = async (thread: string, ...more: string[]): Promise<ScriptedRequest | undefined> => {
      const asked = await scene.exec([...window, ...more, "resume", thread, "Go on."]);
      assert.equal(asked.code, 0, asked.stderr);
      return scene.server.requests.at(-1);
    };
    for (const other of [await ask(id, "-m", "gpt-5-mini"), await ask(forked, "-m", "gpt-5-mini")]) {
      assert.ok(!other?.body.includes("gAAAmine") && !other?.body.includes('"compaction"'));
      assert.match(checkpointIn(other) ?? "", /never delete a\.txt\./);
    }
    const chat = await ask(id, ...scene.chat());
    assert.ok(chat?.path.endsWith("/chat/completions") && !chat.body.includes("gAAAmine"), chat?.path);
    assert.match(chat?.body ?? "", /# Checkpoint/);
    assert.deepEqual(sealsIn(await ask(id)), ["gAAAmine"]);
    assert.deepEqual(sealsIn(await ask(forked)), ["gAAAmine"]);
  });

  test("without the provider's word for it nothing is asked, and nothing sealed is sent any more", async (t) => {
    const scene = await openScene(t, {
      steps: [long("first", 4000), long("second", 17_000), sealed("gAAA"), done, done],
    });
    await scene.exec([...window, "count"]);
    const off = ["-c", "model_providers.openai.supports_compaction=false"];
    const run = await scene.exec([...off, "resume", "--last", "Go on."]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(sealsIn(scene.server.requests[4]), []);
    assert.match(checkpointIn(scene.server.requests[4]) ?? "", /count/);
  });

  test("a provider that cannot open its own any more is told the checkpoint alone", async (t) => {
    const refusal = "The encrypted content gAAA could not be verified. Reason: it could not be decrypted or parsed.";
    const scene = await openScene(t, {
      steps: [
        ...[long("first", 4000), long("second", 17_000), sealed("gAAAold"), done],
        {
          fault: {
            type: "status",
            status: 400,
            body: { error: { code: "invalid_encrypted_content", message: refusal } },
          },
        },
        done,
      ],
    });
    await scene.exec([...window, "count"]);
    const run = await scene.exec([...window, "resume", "--last", "Go on."]);
    assert.equal(run.code, 0, run.stderr);
    const [refused, again] = scene.server.requests.slice(4);
    assert.deepEqual([sealsIn(refused), sealsIn(again)], [["gAAAold"], []]);
    assert.equal(checkpointIn(again), checkpointIn(refused));
  });

  test("a run that is killed right after it goes on from it", async (t) => {
    const scene = await openScene(t, {
      steps: [long("first", 4000), long("second", 17_000), sealed("gAAAkept"), { fault: { type: "silent" } }, done],
    });
    const run = scene.start([...window, "count"]);
    await scene.server.requested(4);
    run.child.kill("SIGKILL");
    await run.finished;
    const on = await scene.exec([...window, "resume", "--last", "Go on."]);
    assert.equal(on.code, 0, on.stderr);
    const [cut, again] = scene.server.requests.slice(3);
    assert.deepEqual(sealsIn(again), ["gAAAkept"]);
    assert.ok(isExtension(cut?.body ?? "", again?.body ?? ""));
    assert.equal(compactions(scene).length, 1);
  });

  test("an input that was refused for its length is compacted with its results shortened", async (t) => {
    const tooLong: ScriptedStep = {
      fault: { type: "status", status: 400, body: { error: { code: "context_length_exceeded", message: "too long" } } },
    };
    const scene = await openScene(t, {
      steps: [long("first", 0), long("second", 0), tooLong, sealed("gAAAshort"), done],
    });
    const run = await scene.exec([...offered, "--json", "count"]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /"reason":"overflow"/);
    assert.deepEqual(paths(scene).slice(2), ["responses", "responses/compact", "responses"]);
    assert.ok(toolResults(scene.server.requests[3]).every(({ length }) => length <= 400));
    assert.deepEqual(sealsIn(scene.server.requests[4]), ["gAAAshort"]);
  });

  test("a person who asks for it gets notes too", async (t) => {
    const scene = await openScene(t, { steps: [long("first", 300), done, sealed("gAAA"), notes, done, done] });
    await scene.exec([...offered, "count"]);
    const run = await scene.exec([...offered, "resume", "--last", "--compact", "Go on."]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(sealsIn(scene.server.requests[4]), ["gAAA"]);
    assert.match(checkpointIn(scene.server.requests[4]) ?? "", /- notes/);
    const other = await scene.exec([...offered, "-m", "gpt-5-mini", "resume", "--last", "Go on."]);
    assert.equal(other.code, 0, other.stderr);
    assert.match(checkpointIn(scene.server.requests[5]) ?? "", /- notes/);
  });

  test("what it took counts for the budget", async (t) => {
    const scene = await openScene(t, {
      steps: [long("first", 4000), long("second", 17_000), sealed("gAAA", 900_000), long("third", 5000)],
    });
    const run = await scene.exec([...window, "--json", "--max-tokens", "100000", "count"]);
    assert.equal(run.code, 4, run.stderr);
    assert.match(run.stdout, /this thread has used 926,\d+ tokens of its 100,000/);
  });

  test("Ctrl-C ends it, and the model is not asked for notes instead", async (t) => {
    const scene = await openScene(t, {
      steps: [long("first", 4000), long("second", 17_000), { fault: { type: "silent" } }],
    });
    const run = scene.start([...window, "--json", "count"]);
    await scene.server.requested(3);
    run.child.kill("SIGINT");
    const { stdout } = await run.finished;
    assert.match(stdout, /"code":"interrupted"/);
    assert.equal(scene.server.requests.length, 3);
    assert.equal(compactions(scene).length, 0);
  });
});
