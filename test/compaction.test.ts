import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isExtension } from "../packages/agent/test/support/scripted-model.ts";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { openScene, storedLog, threadIdOf, toolResults, wordsOf } from "./support/scripted-run.ts";

/* A conversation that outgrows the model's window, through the whole program. */

const long = (name: string, input: number): ScriptedStep => ({
  calls: [{ name: "shell", arguments: { command: `seq 1 400 | sed 's/^/${name} /'` } }],
  usage: { input, output: 20 },
});
const tooLong: ScriptedStep = {
  fault: {
    type: "status",
    status: 400,
    body: {
      error: { code: "context_length_exceeded", message: "Your input exceeds the context window of this model." },
    },
  },
};
const window = ["-c", "model_context_window=20000"];

describe("compaction", { concurrency: 2 }, () => {
  test("before the window is full, a checkpoint takes the place of what was said; nothing is lost to history", async (t) => {
    const scene = await openScene(t, {
      steps: [
        long("first", 4000),
        long("second", 17_000),
        { text: "- decided: keep going", usage: { input: 17_900, output: 30 } },
        { calls: [{ name: "history", arguments: { search: "first 399" } }], usage: { input: 5000, output: 20 } },
        { text: "All done.", usage: { input: 5200, output: 5 } },
        { text: "Still here.", usage: { input: 5300, output: 5 } },
      ],
    });
    const done = await scene.exec([...window, "--json", "Count twice, and never delete a.txt."]);
    assert.equal(done.code, 0, done.stderr);
    const [first, second, notes, after, looked] = scene.server.requests;
    assert.ok(isExtension(first?.body ?? "", second?.body ?? ""));
    // Asking for notes only adds to what the provider has in its cache.
    assert.ok(isExtension(second?.body ?? "", notes?.body ?? ""));
    assert.match(wordsOf(notes, "developer").at(-1) ?? "", /about to be replaced by a checkpoint/);
    const checkpoint = wordsOf(after, "developer")[1] ?? "";
    assert.match(checkpoint, /Count twice, and never delete a\.txt\./);
    assert.match(checkpoint, /- decided: keep going/);
    assert.match(checkpoint, /`seq 1 400 \| sed 's\/\^\/first \/'`: exit 0/);
    assert.equal(toolResults(after).length, 1, "the last command's result stays as it was");
    assert.match(toolResults(after)[0] ?? "", /second 400/);
    assert.ok(isExtension(after?.body ?? "", looked?.body ?? ""));
    assert.match(toolResults(looked)[1] ?? "", /\[item_\d+\] command_execution, 2\S+: .*first 399/);
    const event = storedLog(scene.home).find(({ type }) => type === "thread.compacted");
    assert.ok(event?.type === "thread.compacted" && event.reason === "window");
    const turn = storedLog(scene.home).find(({ type }) => type === "turn.completed");
    assert.equal(turn?.type === "turn.completed" && turn.usage.input_tokens, 4000 + 17_000 + 17_900 + 5000 + 5200);

    const resumed = await scene.exec([...window, "resume", "--last", "Are you there?"]);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.ok(isExtension(looked?.body ?? "", scene.server.requests[5]?.body ?? ""), "a new process sends the same");
    const id = threadIdOf(done.events());
    const shown = await scene.fettle(["threads", "show", id, "--checkpoints"]);
    assert.match(shown.stdout, /^=== .*\(window; from about \d+ to \d+ tokens\)\n# Checkpoint\n/);
  });

  test("a provider that says the input is too long gets a shorter one, also where the window was not known", async (t) => {
    const scene = await openScene(t, {
      steps: [long("first", 0), long("second", 0), tooLong, { text: "- notes" }, { text: "Fits now." }],
    });
    const done = await scene.exec(["--json", "count"]);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /"reason":"overflow"/);
    assert.match(done.stdout, /Fits now\./);
    const [, , refused, notes, after] = scene.server.requests.map(({ body }) => body.length);
    assert.ok((notes ?? 0) < (refused ?? 0) && (after ?? 0) < (refused ?? 0));
  });

  test("when nothing can give way any more, the turn ends and says why", async (t) => {
    const scene = await openScene(t, { steps: [tooLong] });
    const done = await scene.exec(["--json", "go"]);
    assert.equal(done.code, 1);
    assert.match(done.stdout, /"code":"context_overflow"/);
    assert.equal(scene.server.requests.length, 1);
  });

  test("without notes of the model, the record of the log alone makes the checkpoint", async (t) => {
    const scene = await openScene(t, {
      steps: [
        long("first", 4000),
        long("second", 17_000),
        { fault: { type: "status", status: 500 } },
        { text: "Done.", usage: { input: 5000, output: 5 } },
      ],
    });
    const done = await scene.exec([...window, "--json", "count"]);
    assert.equal(done.code, 0, done.stderr);
    assert.doesNotMatch(wordsOf(scene.server.requests[3], "developer")[1] ?? "", /Your own notes/);
  });

  test("on demand, before the new words are told", async (t) => {
    const scene = await openScene(t, {
      steps: [long("first", 300), { text: "Counted." }, { text: "- notes" }, { text: "Going on." }],
    });
    await scene.exec(["count"]);
    const done = await scene.exec(["--json", "resume", "--last", "--compact", "Go on."]);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /"reason":"command"/);
    assert.match(wordsOf(scene.server.requests[3], "developer")[1] ?? "", /# Checkpoint/);
    assert.deepEqual(wordsOf(scene.server.requests[3], "user"), ["Go on."]);
  });

  test("undo takes back the turn that was compacted, and the conversation is what it was before", async (t) => {
    const scene = await openScene(t, {
      steps: [
        { text: "Noted.", usage: { input: 3000, output: 5 } },
        long("first", 9000),
        long("second", 17_000),
        { text: "- notes" },
        { text: "Done.", usage: { input: 5000, output: 5 } },
        { text: "Again." },
      ],
    });
    await scene.exec([...window, "Remember the blue door."]);
    await scene.exec([...window, "resume", "--last", "count"]);
    const undone = await scene.fettle(["undo"]);
    assert.equal(undone.code, 0, undone.stderr);
    const again = await scene.exec([...window, "resume", "--last", "What did I say?"]);
    assert.equal(again.code, 0, again.stderr);
    const words = wordsOf(scene.server.requests[5], "user");
    assert.deepEqual(words, ["Remember the blue door.", "What did I say?"]);
    assert.ok(!wordsOf(scene.server.requests[5], "developer").some((text) => text.includes("# Checkpoint")));
  });
});
