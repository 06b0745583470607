import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openScene, type Scene, storedLog } from "./support/scripted-run.ts";

/* How much the model is asked to think: a person's choice, else by the kind of request; and what a question takes. */

const efforts = (scene: Scene): unknown[] =>
  scene.server.requests.map(({ body }) => (JSON.parse(body) as { reasoning?: { effort?: unknown } }).reasoning?.effort);
const said = (count: number) => Array.from({ length: count }, () => ({ text: "said" }));
const question = "What is the port of the server?";

describe("effort", { concurrency: 2 }, () => {
  test("a question is answered in one round trip, with low effort", async (t) => {
    const scene = await openScene(t, { steps: [{ text: "8080" }] });
    const done = await scene.exec([question]);
    assert.deepEqual([done.code, done.stdout], [0, "8080\n"]);
    assert.deepEqual(efforts(scene), ["low"]);
    const log = storedLog(scene.home);
    assert.equal(log.filter(({ type }) => type === "model.completed").length, 1);
    assert.equal(log.filter(({ type }) => type === "tool.completed").length, 0);
    assert.equal(log.find((event) => event.type === "turn.started")?.effort, "low");
  });

  test("work takes the model's own effort, a plan more, and a thread never falls back", async (t) => {
    const scene = await openScene(t, { steps: said(5) });
    await scene.exec([question]);
    for (const words of ["add a flag for it", question, "plan the next steps", "go on"])
      await scene.exec(["resume", "--last", words]);
    assert.deepEqual(efforts(scene), ["low", "medium", "medium", "high", "high"]);
  });

  test("--effort wins over all, for its run; then the configuration", async (t) => {
    const scene = await openScene(t, { steps: said(5) });
    const configured = ["-c", 'model_reasoning_effort="minimal"'];
    await scene.exec(["--effort", "max", question]);
    await scene.exec(["resume", "--last", ...configured, "--effort", "high", question]);
    await scene.exec(["resume", "--last", ...configured, "plan it"]);
    await scene.exec(["--effort", "none", "plan it"]);
    await scene.exec([question]);
    assert.deepEqual(efforts(scene), ["max", "high", "minimal", undefined, "low"]);
  });

  test("--print-input shows it too; an unknown word is refused", async (t) => {
    const scene = await openScene(t);
    const shown = await scene.exec(["--print-input", question]);
    assert.equal(JSON.parse(shown.stdout).reasoning.effort, "low");
    const refused = await scene.exec(["--effort", "hard", question]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /--effort must be one of none, minimal, low, medium, high, xhigh, max, not "hard"/);
  });
});
