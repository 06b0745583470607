import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { LoggedEvent, ThreadEvent } from "@fettle/protocol";
import { isExtension, type ScriptedModel, startScriptedModel } from "../packages/agent/test/support/scripted-model.ts";
import type { ScriptedStep } from "../packages/agent/test/support/scripted-steps.ts";
import { type FettleRun, makeRepository, runFettle, scratch, startFettle } from "./support/fettle.ts";

/*
 * The program is killed with SIGKILL at 50 moments of a run, spread over all its states. Whatever it had printed must
 * be in the thread's log, and the thread must go on from there without repeating or forgetting anything.
 */

const moments = 50;
const atOnce = 2;

const shell = (command: string): ScriptedStep => ({ calls: [{ name: "shell", arguments: { command } }] });
const patch = "*** Begin Patch\n*** Add File: note.txt\n+a note\n*** End Patch\n";
const steps: ScriptedStep[] = [
  {
    reasoning: { text: "thinking", encrypted: "opaque" },
    text: "I look.",
    calls: [{ name: "shell", arguments: { command: "ls" } }],
  },
  shell("echo one > one.txt"),
  { calls: ["a", "b", "c"].map((word) => ({ name: "shell", arguments: { command: `echo ${word}` } })) },
  { calls: [{ name: "apply_patch", arguments: { input: patch } }] },
  shell("seq 1 20000"),
  { calls: [{ name: "update_plan", arguments: { plan: [{ step: "go on", status: "in_progress" }] } }] },
  shell("sleep 0.1; echo two > two.txt"),
  { text: "All done." },
];

/** A small generator with a seed, so that a failing moment can be run again (the "minimal standard" of Park and Miller). */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
};

const linesOf = (text: string): string[] => text.split("\n").slice(0, -1);

/** Kills once `lines` lines were printed and a little later, or after the end if there are fewer. */
const killAfter = (run: FettleRun, lines: number, laterMs: number): void => {
  let armed = false;
  const look = (): void => {
    if (armed || linesOf(run.stdout()).length < lines) return;
    armed = true;
    setTimeout(() => run.child.kill("SIGKILL"), laterMs);
  };
  run.child.stdout?.on("data", look);
  look();
};

const wordsOf = (event: ThreadEvent): string => JSON.stringify({ ...event, seq: undefined, at: undefined });

/** The log as it lies on disk, without a torn last line. */
const storedEvents = (home: string, id: string): LoggedEvent[] => {
  const threads = join(home, "threads");
  const log = readdirSync(threads, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith(`${id}.jsonl`));
  assert.ok(log !== undefined, `no log of ${id}`);
  return linesOf(readFileSync(join(threads, log), "utf8")).map((line) => JSON.parse(line) as LoggedEvent);
};

const modelOptions = (model: ScriptedModel): string[] => [
  "--json",
  "-m",
  "gpt-5",
  "-c",
  `openai_base_url="${model.baseUrl}"`,
];

const oneMoment = async (number: number, random: () => number): Promise<"before" | "during" | "after"> => {
  const { path, home } = scratch(`crash-${number}`);
  const cwd = join(path, "repository");
  mkdirSync(cwd);
  makeRepository(cwd, { "README.md": "# a repository\n" });
  const model = await startScriptedModel({ steps });
  const env = { OPENAI_API_KEY: "dummy" };
  const run = startFettle(["exec", ...modelOptions(model), "do it"], { cwd, home, env });
  killAfter(run, Math.floor(random() * 24), random() * 60);
  const { stdout } = await run.finished;
  const sent = model.requests.map((request) => request.body);
  await model.close();

  const printed = linesOf(stdout).map((line) => JSON.parse(line) as ThreadEvent);
  const started = printed.find((event) => event.type === "thread.started");
  if (started === undefined) return "before";
  const stored = storedEvents(home, started.thread_id);
  assert.deepEqual(
    stored.map((event) => event.seq),
    stored.map((_, i) => i),
  );
  const storedWords = stored.map(wordsOf);
  let from = 0;
  for (const event of printed) {
    const found = storedWords.indexOf(wordsOf(event), from);
    assert.ok(found >= 0, `printed but not stored: ${wordsOf(event)}`);
    from = found + 1;
  }

  const again = await startScriptedModel({ steps: [{ text: "Gone on." }] });
  const resumed = await runFettle(["exec", "resume", started.thread_id, ...modelOptions(again), "go on"], {
    cwd,
    home,
    env,
  });
  const resent = again.requests.map((request) => request.body);
  await again.close();
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal(resent.length, 1);
  const last = sent.at(-1);
  if (last !== undefined)
    assert.ok(isExtension(last, resent[0] ?? ""), "the resumed request does not extend the last one");
  for (const event of stored)
    if (event.type === "tool.completed")
      assert.ok(resent[0]?.includes(event.call_id), `lost the result of ${event.call_id}`);
  for (const event of storedEvents(home, started.thread_id))
    if (event.type === "model.completed") assertAnswered(event.output, resent[0] ?? "");
  return printed.some((event) => event.type === "turn.completed") ? "after" : "during";
};

/** Every call has a result in the input, so that no provider refuses it. */
const assertAnswered = (output: Extract<ThreadEvent, { type: "model.completed" }>["output"], body: string): void => {
  for (const part of output)
    if (part.type === "call")
      assert.equal(body.split(JSON.stringify(part.call_id)).length - 1, 2, `call ${part.call_id} is not answered once`);
};

test(`a run killed at ${moments} moments loses nothing it acknowledged, and goes on`, async (t) => {
  const seed = Number(process.env["CRASH_SEED"] ?? (Date.now() % 2147483646) + 1);
  t.diagnostic(`CRASH_SEED=${seed}`);
  const random = randomFrom(seed);
  const plans = Array.from({ length: moments }, (_, number) => ({
    number,
    random: randomFrom(Math.floor(random() * 1e9) + 1),
  }));
  const tally = { before: 0, during: 0, after: 0 };
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let plan = plans.shift(); plan !== undefined; plan = plans.shift())
        tally[await oneMoment(plan.number, plan.random)]++;
    }),
  );
  t.diagnostic(JSON.stringify(tally));
  assert.ok(tally.during > moments / 2, "too few moments fell into the run itself");
});
