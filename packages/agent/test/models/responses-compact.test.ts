import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { CompactOutcome } from "../../src/model.ts";
import { createRemoteModel } from "../../src/models/remote.ts";
import { testChoice, testKey, testRequest, userMessage } from "../support/remote-choice.ts";
import { refusedBaseUrl, type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";
import type { ScriptedStep } from "../support/scripted-steps.ts";

/* `POST /responses/compact` as services answer it, well or not. */

const compactAt = async (
  baseUrl: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<CompactOutcome> => {
  const provider = { compaction: true, streamIdleTimeoutMs: 3000 };
  const model = createRemoteModel(testChoice(baseUrl, "responses", { provider }));
  return (await model.compact?.(testRequest([userMessage("hello")]), signal)) ?? assert.fail("it is not offered");
};
const serve = async (t: TestContext, step: ScriptedStep): Promise<ScriptedModel> => {
  const server = await startScriptedModel({ steps: [step] });
  t.after(() => server.close());
  return server;
};
const failureOf = (outcome: CompactOutcome): string =>
  outcome.type === "failed" ? `${outcome.failure.code}: ${outcome.failure.message}` : "none";

test("items come back byte for byte, whatever they are; what the harness had said does not", async (t) => {
  const items = [
    '{"type":"message","role":"developer","content":[{"type":"input_text","text":"# Checkpoint"}]}',
    '{"role":"user","type":"message","id":"m1","content":[{"type":"input_text","text":"Grüße 🦊"}]}',
    '{"zeta":{"b":1,"a":[null,1.5e-7]},"type":"of_tomorrow"}',
    '{"encrypted_content":"gAAA/+==","type":"compaction","id":"cmp_1","created_by":"x"}',
  ];
  const usage = { input_tokens: 70, input_tokens_details: { cached_tokens: 60 }, output_tokens: 9 };
  const document = `{"object":"response.compaction","output":[${items.join(",")}],"usage":${JSON.stringify(usage)}}`;
  const server = await serve(t, { raw: [document.slice(0, 90), document.slice(90)] });
  const outcome = await compactAt(server.baseUrl);
  assert.ok(outcome.type === "compacted", failureOf(outcome));
  assert.deepEqual(outcome.sealed, { provider: "openai", model: "gpt-5", encrypted: items.slice(1) });
  assert.deepEqual([outcome.usage.input_tokens, outcome.usage.cached_input_tokens], [70, 60]);
  const { headers, path } = server.requests[0] ?? assert.fail();
  assert.deepEqual(
    [path, headers.accept, headers.authorization],
    ["/v1/responses/compact", "application/json", `Bearer ${testKey}`],
  );
});

test("without a count of tokens it is still an answer", async (t) => {
  const server = await serve(t, { raw: ['{"output":[{"type":"compaction","encrypted_content":"E"}],"usage":"many"}'] });
  const outcome = await compactAt(server.baseUrl);
  assert.ok(outcome.type === "compacted" && outcome.usage.input_tokens === 0, failureOf(outcome));
});

test("every other answer is a failure, never an exception", async (t) => {
  const unreadable = /^bad_response: OpenAI sent a compacted conversation that cannot be read$/;
  const answers: readonly (readonly [ScriptedStep, RegExp])[] = [
    [{ raw: ["<html>sign in</html>"] }, unreadable],
    [{ raw: [""] }, unreadable],
    [{ raw: ["null"] }, unreadable],
    [{ raw: ['{"output":[]}'] }, unreadable],
    [{ raw: ['{"output":{"type":"compaction"}}'] }, unreadable],
    [{ raw: ['{"output":["compaction"]}'] }, unreadable],
    [{ raw: ['{"output":[{"type":"compaction","encrypted_content":7}]}'] }, unreadable],
    [{ raw: ['{"output":[{"type":"message","role":"user","content":[]}]}'] }, unreadable],
    [{ raw: ['{"output":[{"type":"compaction",'], fault: { type: "cut" } }, unreadable],
    [{ fault: { type: "status", status: 404 } }, /^bad_request: OpenAI has no responses\/compact \(404\)/],
    [{ fault: { type: "status", status: 401, body: { error: { message: `bad ${testKey}` } } } }, /^authentication: /],
    [{ fault: { type: "status", status: 503 } }, /^overloaded: /],
    [{ fault: { type: "silent" } }, /^timeout: /],
    [{ fault: { type: "reset" } }, /^(?:bad_response|unreachable): /],
  ];
  for (const [step, says] of answers) {
    const outcome = await compactAt((await serve(t, step)).baseUrl);
    assert.match(failureOf(outcome), says);
    assert.ok(!failureOf(outcome).includes(testKey));
  }
  assert.match(failureOf(await compactAt(await refusedBaseUrl())), /^unreachable: /);
});

test("an interrupt closes the connection", async (t) => {
  const server = await serve(t, { fault: { type: "silent" } });
  const stop = new AbortController();
  const outcome = compactAt(server.baseUrl, stop.signal);
  await server.requested(1);
  stop.abort();
  assert.match(failureOf(await outcome), /^interrupted: /);
  await server.abandoned(1);
});
