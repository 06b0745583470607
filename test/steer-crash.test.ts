import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ScriptedAnswer } from "../packages/agent/test/support/scripted-steps.ts";
import { openScene, printed, threadIdOf, wordsOf } from "./support/scripted-run.ts";

/*
 * Words are left for a run that is killed with SIGKILL at some moment, while it takes them. Each that was acknowledged
 * must be in the conversation once when the thread has gone on, and none twice.
 */

const moments = 6;

/** Works on and on, until it is told to go on: then the thread has been resumed, and each turn is a word. */
const tireless: ScriptedAnswer = (request) =>
  wordsOf(request, "user").includes("go on")
    ? { text: "gone on" }
    : { calls: [{ name: "shell", arguments: { command: "true" } }] };

const oneMoment = async (t: TestContext, moment: number): Promise<boolean> => {
  const scene = await openScene(t, { steps: Array.from({ length: 2000 }, () => tireless) });
  const run = scene.start(["--json", "do the work"]);
  const id = threadIdOf([await printed(run, (event) => event.type === "thread.started")]);
  const words = Array.from({ length: 4 }, (_, n) => `word ${n}`);
  const left = words.map((word, n) => scene.fettle(["steer", ...(n === 3 ? ["--queue"] : []), id, word]));
  await left[moment % 4];
  if (moment % 2 === 0) await printed(run, (event) => JSON.stringify(event).includes('"text":"word 0"'));
  run.child.kill("SIGKILL");
  const killed = (await run.finished).signal === "SIGKILL";
  const answers = await Promise.all(left);
  const resumed = await scene.exec(["resume", id, "go on"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  const said = wordsOf(scene.server.requests.at(-1), "user");
  for (const [n, word] of words.entries()) {
    assert.equal(answers[n]?.code, 0, answers[n]?.stderr);
    assert.equal(said.filter((text) => text === word).length, 1, `${word} in ${said.join(" | ")}`);
  }
  assert.equal(said.indexOf("word 3"), said.length - 1, "the queued words are the last turn");
  return killed;
};

test(`each of ${moments} killed runs delivers every acknowledged word exactly once`, async (t) => {
  let killed = 0;
  for (let moment = 0; moment < moments; moment += 1) if (await oneMoment(t, moment)) killed += 1;
  assert.equal(killed, moments);
});
