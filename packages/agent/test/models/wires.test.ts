import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { InputItem, OutputPart } from "@fettle/protocol";
import type { ModelFailure } from "../../src/model.ts";
import { createRemoteModel } from "../../src/models/remote.ts";
import { callModel, outputItem, testChoice, testKey, testRequest, userMessage } from "../support/remote-choice.ts";
import { isExtension, refusedBaseUrl, type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";
import type { ScriptedFault, ScriptedStep } from "../support/scripted-steps.ts";

/* The same tests over all wires, through real HTTP. */

let server: ScriptedModel | undefined;
const start = async (...steps: ScriptedStep[]): Promise<ScriptedModel> => {
  server = await startScriptedModel({ steps });
  return server;
};
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const keyHeaders = {
  responses: ["authorization", `Bearer ${testKey}`],
  chat: ["authorization", `Bearer ${testKey}`],
  anthropic: ["x-api-key", testKey],
  gemini: ["x-goog-api-key", testKey],
} as const;

const request = testRequest([userMessage("hello")]);
const withoutIds = (parts: readonly OutputPart[]) => parts.map(({ id: _id, ...part }: OutputPart) => part);

for (const wire of ["responses", "chat", "anthropic", "gemini"] as const) {
  describe(wire, () => {
    test("text arrives as deltas and once as a whole", async () => {
      const { baseUrl } = await start({
        text: ["Grü", "ße 🦊", " end"],
        usage: { input: 50, output: 9, cached: 40, reasoning: 3 },
      });
      const { outcome, deltas } = await callModel(testChoice(baseUrl, wire), request);
      assert.ok(outcome.type === "completed");
      assert.deepEqual(deltas, [
        { type: "text", text: "Grü" },
        { type: "text", text: "ße 🦊" },
        { type: "text", text: " end" },
      ]);
      assert.deepEqual(withoutIds(outcome.output), [{ type: "text", text: "Grüße 🦊 end" }]);
      assert.deepEqual(outcome.usage, {
        input_tokens: 50,
        cached_input_tokens: 40,
        cache_write_input_tokens: 0,
        output_tokens: 9,
        reasoning_output_tokens: 3,
      });
      assert.equal(outcome.stop, "done");
      assert.ok(outcome.responseId);
    });

    test("reasoning, text and parallel calls in their order", async () => {
      const { baseUrl } = await start({
        reasoning: { text: "thinking" },
        text: "I look.",
        calls: [
          { name: "shell", arguments: { command: "ls" }, id: "c1" },
          { name: "shell", arguments: "", id: "c2" },
        ],
      });
      const { outcome, deltas } = await callModel(testChoice(baseUrl, wire), request);
      assert.ok(outcome.type === "completed");
      const told = deltas.filter((delta) => delta.type === "reasoning").map((delta) => delta.text);
      assert.equal(told.join(""), "thinking");
      assert.deepEqual(withoutIds(outcome.output), [
        { type: "reasoning", text: "thinking" },
        { type: "text", text: "I look." },
        { type: "call", call_id: "c1", name: "shell", arguments: '{"command":"ls"}' },
        { type: "call", call_id: "c2", name: "shell", arguments: "{}" },
      ]);
    });

    test("each request extends the last byte for byte", async () => {
      const turns: ScriptedStep[] = [
        { text: "one", calls: [{ name: "shell", arguments: { command: "ls" } }] },
        {
          reasoning: { text: "r", encrypted: "E1" },
          calls: [
            { name: "shell", arguments: { command: "a" } },
            // Gemini's service itself finds that these are none.
            { name: "shell", arguments: wire === "gemini" ? "" : "no json" },
          ],
        },
        { text: "done" },
        { text: "again" },
      ];
      const { baseUrl, requests } = await start(...turns);
      const model = createRemoteModel(testChoice(baseUrl, wire));
      const input: InputItem[] = [userMessage("go")];
      for (const _turn of turns) {
        const outcome = await model.stream(testRequest([...input]), () => {}, new AbortController().signal);
        assert.ok(outcome.type === "completed");
        input.push(outputItem(outcome.output));
        for (const part of outcome.output) {
          if (part.type !== "call") continue;
          const content = [
            { type: "text" as const, text: "ok" },
            { type: "image" as const, url: "data:image/png;base64,AA==" },
          ];
          input.push({ type: "result", call_id: part.call_id, name: part.name, content });
        }
        if (!outcome.output.some((part) => part.type === "call")) input.push(userMessage("more"));
      }
      assert.equal(requests.length, 4);
      for (let index = 1; index < requests.length; index++) {
        assert.ok(isExtension(requests[index - 1]?.body ?? "", requests[index]?.body ?? ""), `request ${index}`);
      }
    });

    test("the key and the headers go along, and nowhere else", async () => {
      const { baseUrl, requests } = await start(
        { text: "a" },
        { fault: { type: "status", status: 401, body: { error: { message: `bad ${testKey}` } } } },
      );
      await callModel(testChoice(baseUrl, wire, { provider: { query: { "api-version": "1" } } }), request);
      const [header, value] = keyHeaders[wire];
      assert.equal(requests[0]?.headers[header], value);
      assert.equal(requests[0]?.headers["x-team"], "blue");
      assert.match(requests[0]?.path ?? "", /[?&]api-version=1$/);
      assert.ok(!requests[0]?.body.includes(testKey));
      const { outcome } = await callModel(testChoice(baseUrl, wire), request);
      assert.ok(outcome.type === "failed" && !outcome.failure.message.includes(testKey));
    });

    test("what goes wrong has a code", async () => {
      const table: readonly (readonly [ScriptedFault, ModelFailure["code"], boolean, RegExp])[] = [
        [{ type: "cut" }, "bad_response", true, /lost/],
        [{ type: "end" }, "bad_response", true, /ended before/],
        [{ type: "malformed" }, "bad_response", true, /not JSON/],
        [{ type: "malformed", data: "[1]" }, "bad_response", true, /ended before|no object|cannot be read/],
        [{ type: "reset" }, "bad_response", true, /lost/],
        [{ type: "error", message: "boom", code: "server_error" }, "bad_response", true, /boom/],
        [{ type: "error", message: "full", code: "context_length_exceeded" }, "context_overflow", false, /full/],
        [{ type: "status", status: 500 }, "bad_response", true, /500/],
        [{ type: "status", status: 429, headers: { "retry-after": "1" } }, "rate_limited", true, /rate/],
        [
          { type: "status", status: 404, body: { error: "model 'x' not found" } },
          "model_not_found",
          false,
          /fettle models/,
        ],
        [{ type: "status", status: 400, body: "<html>no</html>" }, "bad_request", false, /400/],
        [
          { type: "status", status: 302, headers: { location: "http://127.0.0.1:1/steal" } },
          "bad_request",
          false,
          /redirects/,
        ],
      ];
      const scripted = await start(...table.map(([fault]): ScriptedStep => ({ text: "partial", fault })));
      for (const [fault, code, transient, message] of table) {
        const { outcome } = await callModel(testChoice(scripted.baseUrl, wire), request);
        assert.ok(outcome.type === "failed", JSON.stringify(fault));
        assert.deepEqual([outcome.failure.code, outcome.failure.transient], [code, transient], JSON.stringify(fault));
        assert.match(outcome.failure.message, message);
        assert.equal(outcome.failure.retryAfterMs, code === "rate_limited" ? 1000 : undefined);
      }
      assert.equal(scripted.requests.length, table.length);
    });

    test("nothing listens", async () => {
      const { outcome } = await callModel(testChoice(await refusedBaseUrl(), wire), request);
      assert.ok(outcome.type === "failed");
      assert.equal(outcome.failure.code, "unreachable");
      assert.match(outcome.failure.message, /is the server running/);
    });

    test("a server that falls silent", async () => {
      const { baseUrl } = await start({ text: "a", fault: { type: "hang" } }, { fault: { type: "silent" } });
      for (const what of [/nothing more/, /began no answer/]) {
        const choice = testChoice(baseUrl, wire, { provider: { streamIdleTimeoutMs: 60 } });
        const { outcome } = await callModel(choice, request);
        assert.ok(outcome.type === "failed");
        assert.deepEqual([outcome.failure.code, outcome.failure.transient], ["timeout", true]);
        assert.match(outcome.failure.message, what);
      }
    });

    test("an interrupt ends it at once, in any phase, and nothing is told afterwards", async () => {
      const scripted = await start({ text: "partial", fault: { type: "hang" } }, { fault: { type: "silent" } });
      const midStream = new AbortController();
      const model = createRemoteModel(testChoice(scripted.baseUrl, wire));
      const outcome = await model.stream(request, () => midStream.abort(), midStream.signal);
      assert.deepEqual(outcome, {
        type: "failed",
        failure: { code: "interrupted", message: "interrupted", transient: false },
      });
      const waiting = new AbortController();
      const pending = model.stream(request, () => assert.fail("no delta"), waiting.signal);
      await scripted.requested(2);
      waiting.abort();
      const second = await pending;
      assert.ok(second.type === "failed" && second.failure.code === "interrupted");
      await scripted.abandoned(2);
      const third = await model.stream(request, () => assert.fail("no delta"), AbortSignal.abort());
      assert.ok(third.type === "failed" && third.failure.code === "interrupted");
      assert.equal(scripted.requests.length, 2);
    });

    test("a listener that throws does not break the promise", async () => {
      const { baseUrl } = await start({ text: "a" });
      const throwing = () => {
        throw new Error("listener bug");
      };
      const outcome = await createRemoteModel(testChoice(baseUrl, wire)).stream(
        request,
        throwing,
        new AbortController().signal,
      );
      assert.ok(outcome.type === "failed" && outcome.failure.code === "internal");
    });

    test("a retry after a cut gives the text once", async () => {
      const { baseUrl, requests } = await start({ text: "The answer", fault: { type: "cut" } }, { text: "The answer" });
      const choice = testChoice(baseUrl, wire);
      const first = await callModel(choice, request);
      assert.equal(first.outcome.type, "failed");
      assert.deepEqual(first.deltas, [{ type: "text", text: "The answer" }]);
      const second = await callModel(choice, request);
      assert.ok(second.outcome.type === "completed");
      assert.deepEqual(withoutIds(second.outcome.output), [{ type: "text", text: "The answer" }]);
      assert.equal(requests[0]?.body, requests[1]?.body);
    });

    test("cut by the output limit, refused, filtered", async () => {
      const { baseUrl } = await start(
        { text: "half", calls: [{ name: "shell", arguments: '{"command":"rm' }], stop: "length" },
        { refusal: "I will not." },
        { text: "x", stop: "content_filter" },
      );
      const choice = testChoice(baseUrl, wire);
      const cut = (await callModel(choice, request)).outcome;
      assert.ok(cut.type === "completed" && cut.stop === "length");
      assert.deepEqual(withoutIds(cut.output), [{ type: "text", text: "half" }]);
      for (const message of [/I will not/, /content filter/]) {
        const { outcome } = await callModel(choice, request);
        assert.ok(outcome.type === "failed" && outcome.failure.code === "refused");
        assert.match(outcome.failure.message, message);
      }
    });

    test("a connection serves more than one request", async () => {
      const ports = new Set<number>();
      const scripted = await start({ text: "a" }, { text: "b" }, { text: "c" }, { text: "d" }, { text: "e" });
      const model = createRemoteModel(testChoice(scripted.baseUrl, wire));
      for (let index = 0; index < 5; index++) {
        const outcome = await model.stream(request, () => {}, new AbortController().signal);
        assert.equal(outcome.type, "completed");
        ports.add(scripted.requests[index]?.port ?? 0);
        // The connection is free again one turn of the event loop after the end of its answer.
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok(ports.size < 5, `${ports.size} connections for 5 requests`);
    });
  });
}

test("isExtension", () => {
  assert.ok(isExtension('{"input":[]}', '{"input":[1]}'));
  assert.ok(isExtension('{"input":[1]}', '{"input":[1,2]}'));
  assert.ok(!isExtension('{"input":[1]}', '{"input":[12]}'));
  assert.ok(!isExtension('{"input":[1]}', '{"input":[1]}'));
  assert.ok(!isExtension('{"input":[1]}', '{"input":[2,1]}'));
  assert.ok(!isExtension('{"input":[1],"a":1}', '{"input":[1,2],"a":1}'));
});
