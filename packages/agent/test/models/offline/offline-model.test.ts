import assert from "node:assert/strict";
import { test } from "node:test";
import { createOfflineModel } from "../../../src/models/offline/offline-model.ts";
import { drive, makeRepository, requestFor, textOf, userMessage } from "./drive.ts";

const model = createOfflineModel({ searchProgram: ["false"], seed: 1, seconds: 5 });
const live = () => new AbortController().signal;

test("streams exactly the text that it answers with", async () => {
  let streamed = "";
  const outcome = await model.stream(
    requestFor([userMessage("hello")]),
    (delta) => {
      streamed += delta.text;
    },
    live(),
  );
  assert.ok(outcome.type === "completed");
  assert.equal(streamed, textOf(outcome.output));
  assert.deepEqual(
    outcome.output.flatMap((part) => (part.type === "call" ? [part.call_id] : [])),
    ["offline_1", "offline_2", "offline_3"],
  );
});

test("obeys the interrupt, before and while it speaks", async () => {
  const controller = new AbortController();
  const heard: string[] = [];
  const during = await model.stream(
    requestFor([userMessage("hello")]),
    (delta) => {
      heard.push(delta.text);
      controller.abort();
    },
    controller.signal,
  );
  assert.deepEqual([during.type, heard.length], ["failed", 1]);
  const before = await model.stream(requestFor([userMessage("hello")]), () => assert.fail(), controller.signal);
  assert.equal(before.type === "failed" ? before.failure.code : "", "interrupted");
});

test("says which tools it lacks", async () => {
  const outcome = await model.stream(requestFor([userMessage("fix the tests")], { tools: [] }), () => {}, live());
  assert.ok(outcome.type === "completed");
  assert.match(textOf(outcome.output), /without the tools shell and apply_patch/);
});

test("looks around, then says honestly what it cannot do", async () => {
  using repository = makeRepository({ "README.md": "# Boat\n\nA small program that keeps boats afloat.\n" });
  const run = await drive(model, repository.root, "write a new parser");
  assert.match(run.final, /^This is beyond what I can do\./);
  assert.match(run.final, /OPENAI_API_KEY/);
  assert.match(run.final, /README\.md says: A small program that keeps boats afloat\./);
});

test("stops when told to, without a further call", async () => {
  const input = [userMessage("make the tests pass")];
  const first = await model.stream(requestFor(input), () => {}, live());
  assert.ok(first.type === "completed");
  const next = await model.stream(
    requestFor([...input, { type: "output", model: "offline", parts: [...first.output] }, userMessage("stop")]),
    () => {},
    live(),
  );
  assert.match(next.type === "completed" ? textOf(next.output) : "", /^Stopped\. No edit of mine stands/);
});

test("answers in the shape of a schema, and in words when it cannot", async () => {
  using repository = makeRepository({ "package.json": JSON.stringify({ scripts: { test: "node -e 0" } }) });
  const { input } = await drive(model, repository.root, "make the tests pass");
  const request = requestFor(input.slice(0, -1));
  const schema = { type: "object", properties: { summary: { type: "string" }, passing: { type: "boolean" } } };
  const shaped = await model.stream({ ...request, outputSchema: schema }, () => {}, live());
  assert.ok(shaped.type === "completed");
  const value: Record<string, unknown> = JSON.parse(textOf(shaped.output));
  assert.equal(value.passing, true);
  assert.match(String(value.summary), /passes as it stands/);
  const beyond = await model.stream({ ...request, outputSchema: { not: {} } }, () => {}, live());
  assert.match(beyond.type === "completed" ? textOf(beyond.output) : "", /^`npm test` passes/);
});
