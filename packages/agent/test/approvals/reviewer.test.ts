import assert from "node:assert/strict";
import { test } from "node:test";
import { review } from "../../src/approvals/reviewer.ts";
import { createRemoteModel } from "../../src/models/remote.ts";
import { testChoice } from "../support/remote-choice.ts";
import { startScriptedModel } from "../support/scripted-model.ts";

test("a reviewing model that does not answer in time leaves the question to a person", async (t) => {
  for (const fault of ["silent", "hang"] as const) {
    const server = await startScriptedModel({ steps: [{ text: '{"decision"', fault: { type: fault } }] });
    t.after(() => server.close());
    const model = createRemoteModel(testChoice(server.baseUrl, "responses"));
    const question = { text: "{}", threadId: "t", timeoutMs: 100 };
    const said = await review(model, question, new AbortController().signal);
    assert.equal(said.allowed, false);
  }
});

test("an interrupt ends the review", async (t) => {
  const server = await startScriptedModel({ steps: [{ fault: { type: "silent" } }] });
  t.after(() => server.close());
  const turn = new AbortController();
  const model = createRemoteModel(testChoice(server.baseUrl, "responses"));
  const said = review(model, { text: "{}", threadId: "t" }, turn.signal);
  await server.requested(1);
  turn.abort();
  assert.equal((await said).allowed, false);
});
