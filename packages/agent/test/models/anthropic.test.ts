import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { InputItem, OutputPart } from "@fettle/protocol";
import type { Effort } from "../../src/model.ts";
import { anthropicBody } from "../../src/models/anthropic-request.ts";
import { describeModel } from "../../src/models/catalogue.ts";
import { createRemoteModel } from "../../src/models/remote.ts";
import {
  callModel,
  outputItem,
  patchTool,
  shellTool,
  testChoice,
  testRequest,
  userMessage,
} from "../support/remote-choice.ts";
import { isExtension, type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";
import type { ScriptedStep } from "../support/scripted-steps.ts";

let server: ScriptedModel | undefined;
const start = async (...steps: ScriptedStep[]): Promise<ScriptedModel> => {
  server = await startScriptedModel({ steps });
  return server;
};
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const claude = "anthropic/claude-opus-5-5";
const picture = { type: "image", url: "data:image/png;base64,AA==" } as const;
const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } };
const mark = { cache_control: { type: "ephemeral" } };
const result = (call_id: string, text: string, ...more: (typeof picture)[]): InputItem => ({
  type: "result",
  call_id,
  name: "shell",
  content: [{ type: "text", text }, ...more],
});
const answer: OutputPart[] = [
  { type: "reasoning", text: "", encrypted: "OPAQUE", seal: "opaque" },
  { type: "reasoning", text: "hm", encrypted: "SIG", seal: "signed" },
  { type: "text", text: "Look:" },
  { type: "text", text: "\n" },
  { type: "call", call_id: "toolu_1", name: "shell", arguments: '{"command":"ls"}' },
  { type: "call", call_id: "functions.patch:2", name: "apply_patch", arguments: "*** Begin Patch", freeform: true },
  { type: "call", call_id: "toolu_3", name: "shell", arguments: "[oops" },
];
const conversation = (model: string): InputItem[] => [
  { type: "message", role: "developer", content: [{ type: "text", text: "rules" }] },
  userMessage("hello", picture),
  outputItem(answer, model),
  result("toolu_1", "a.txt", picture),
  result("functions.patch:2", "done"),
  result("toolu_3", ""),
];

type Json = Record<string, unknown>;
const sent = async (input: readonly InputItem[], changes = {}): Promise<Json> => {
  const scripted = await start({ text: "ok" });
  await callModel(testChoice(scripted.baseUrl, "anthropic"), testRequest(input, changes));
  await scripted.close();
  assert.equal(scripted.requests[0]?.path, "/v1/messages");
  assert.equal(scripted.requests[0]?.headers["anthropic-version"], "2023-06-01");
  return JSON.parse(scripted.requests[0]?.body ?? "") as Json;
};

const calls = [
  { type: "tool_use", id: "toolu_1", name: "shell", input: { command: "ls" } },
  { type: "tool_use", id: "functions_patch_2", name: "apply_patch", input: { patch: "*** Begin Patch" } },
  { type: "tool_use", id: "toolu_3", name: "shell", input: { invalid_arguments: "[oops" } },
];

test("the whole body, with messages last", async () => {
  const outputSchema = { type: "object", properties: {}, additionalProperties: false };
  const body = await sent(conversation(claude), { outputSchema });
  assert.deepEqual(body, {
    model: "claude-opus-5-5",
    max_tokens: 128_000,
    stream: true,
    ...mark,
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: "medium", format: { type: "json_schema", schema: outputSchema } },
    tools: [
      { name: "shell", description: "Runs a command.", input_schema: shellTool.parameters },
      { name: "apply_patch", description: "Applies a patch.", input_schema: patchTool.parameters },
    ],
    system: [{ type: "text", text: "You are careful.", ...mark }],
    messages: [
      { role: "user", content: [{ type: "text", text: "rules" }] },
      { role: "user", content: [{ type: "text", text: "hello" }, image] },
      {
        role: "assistant",
        content: [
          { type: "redacted_thinking", data: "OPAQUE" },
          { type: "thinking", thinking: "hm", signature: "SIG" },
          { type: "text", text: "Look:" },
          ...calls,
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "a.txt" }, image] },
          { type: "tool_result", tool_use_id: "functions_patch_2", content: "done" },
          { type: "tool_result", tool_use_id: "toolu_3", content: "" },
        ],
      },
    ],
  });
  assert.equal(Object.keys(body).at(-1), "messages");
});

test("another model's thinking is not sent, nor one whose signature is gone, nor one of another service", async () => {
  const { messages } = await sent(conversation("anthropic/claude-sonnet-5-5"));
  assert.deepEqual((messages as Json[])[2], {
    role: "assistant",
    content: [{ type: "text", text: "Look:" }, ...calls],
  });
  const unsigned = await sent([
    outputItem(
      [
        { type: "reasoning", text: "hm", seal: "signed" },
        { type: "text", text: "a" },
      ],
      claude,
    ),
    outputItem(
      [
        { type: "reasoning", text: "hm", encrypted: "E" },
        { type: "text", text: "b" },
      ],
      claude,
    ),
  ]);
  assert.deepEqual(unsigned.messages, [
    { role: "assistant", content: [{ type: "text", text: "a" }] },
    { role: "assistant", content: [{ type: "text", text: "b" }] },
  ]);
});

test("how much to think, in each generation's own way", () => {
  const thinkingOf = (name: string, effort: Effort | undefined, summary: "auto" | "none" = "auto"): unknown[] => {
    const { info } = describeModel({ id: "anthropic", wireApi: "anthropic" }, name);
    const { effort: _effort, ...request } = testRequest([]);
    const choice = { ...testChoice("http://127.0.0.1:1", "anthropic", { info }), summary };
    const asked = effort === undefined ? request : { ...request, effort };
    const body = JSON.parse(anthropicBody(asked, choice, new Set())) as {
      max_tokens: number;
      thinking?: unknown;
      output_config?: { effort?: string };
    };
    return [body.max_tokens, body.thinking, body.output_config?.effort];
  };
  const shown = { type: "adaptive", display: "summarized" };
  const budget = (budget_tokens: number) => ({ type: "enabled", budget_tokens });
  assert.deepEqual(thinkingOf("claude-fable-5-1", "xhigh"), [128_000, shown, "xhigh"]);
  assert.deepEqual(thinkingOf("claude-fable-5-1", undefined), [128_000, undefined, undefined], "cannot be stopped");
  assert.deepEqual(thinkingOf("claude-opus-5", "persistent"), [128_000, shown, "max"]);
  assert.deepEqual(thinkingOf("claude-opus-5", undefined), [128_000, { type: "disabled" }, undefined]);
  assert.deepEqual(thinkingOf("claude-sonnet-4-6", "xhigh"), [64_000, shown, "high"], "never more than asked for");
  assert.deepEqual(thinkingOf("claude-sonnet-5", "minimal"), [128_000, shown, "low"]);
  assert.deepEqual(thinkingOf("claude-haiku-4-5-20251001", "high"), [64_000, budget(24_576), undefined]);
  assert.deepEqual(thinkingOf("claude-haiku-4-5-20251001", undefined), [64_000, undefined, undefined]);
  assert.deepEqual(thinkingOf("claude-opus-4-1", "max"), [32_000, budget(16_000), undefined], "half of the answer");
  assert.deepEqual(thinkingOf("claude-3-haiku-20240307", "high"), [4096, undefined, undefined]);
  assert.deepEqual(thinkingOf("claude-opus-4-8", "low", "none")[1], { type: "adaptive", display: "omitted" });
  assert.deepEqual(thinkingOf("claude-unheard-of-9", "high"), [64_000, shown, "high"]);
});

test("a step with more blocks than the service looks back over is marked at its beginning too", () => {
  const choice = testChoice("http://127.0.0.1:1", "anthropic");
  const bodyWith = (count: number): string => {
    const ids = Array.from({ length: count }, (_, index) => `toolu_${index}`);
    const made = ids.map((id): OutputPart => ({ type: "call", call_id: id, name: "shell", arguments: "{}" }));
    const input = [userMessage("go"), outputItem(made, claude), ...ids.map((id) => result(id, "ok"))];
    return anthropicBody(testRequest(input), choice, new Set());
  };
  const first = anthropicBody(testRequest([userMessage("go")]), choice, new Set());
  assert.ok(isExtension(first, bodyWith(9)));
  const long = bodyWith(10);
  assert.ok(!isExtension(first, long));
  const { messages } = JSON.parse(long) as { messages: Json[] };
  assert.deepEqual(messages[0], { role: "user", content: [{ type: "text", text: "go", ...mark }] });
  const bare = JSON.stringify(mark).slice(1, -1);
  assert.ok(isExtension(first, long.replace(`"text":"go",${bare}`, '"text":"go"')), "all else stays");
});

test("what a server does not know is left out and remembered; a schema it refuses becomes an instruction", async () => {
  const refused = (message: string): ScriptedStep => ({
    fault: { type: "status", status: 400, body: { type: "error", error: { type: "invalid_request_error", message } } },
  });
  const scripted = await start(
    refused("output_config.effort: this model does not support the effort parameter"),
    refused("cache_control: Extra inputs are not permitted"),
    refused("output_config: Extra inputs are not permitted"),
    { text: "{}" },
    { text: "{}" },
  );
  const model = createRemoteModel(testChoice(scripted.baseUrl, "anthropic"));
  const request = testRequest([userMessage("x")], { outputSchema: { type: "object" } });
  for (let index = 0; index < 2; index++) {
    const outcome = await model.stream(request, () => {}, new AbortController().signal);
    assert.equal(outcome.type, "completed");
  }
  const bodies = scripted.requests.map(({ body }) => JSON.parse(body) as Json);
  assert.deepEqual(bodies[1]?.output_config, { format: { type: "json_schema", schema: { type: "object" } } });
  assert.equal(scripted.requests.length, 5);
  assert.ok(!scripted.requests[3]?.body.includes("cache_control"));
  assert.equal(bodies[3]?.output_config, undefined);
  const { system } = bodies[3] as { system: { text: string }[] };
  assert.match(system[0]?.text ?? "", /^You are careful\.\n\n.*JSON Schema:\n\{"type":"object"\}$/s);
  assert.equal(scripted.requests[3]?.body, scripted.requests[4]?.body);
});

const event = (value: Json): string => `event: ${String(value.type)}\ndata: ${JSON.stringify(value)}\n\n`;
const began = event({ type: "message_start", message: { id: "msg_1", usage: { input_tokens: 1 } } });
const block = (index: number, content_block: Json, ...deltas: Json[]): string =>
  [
    event({ type: "content_block_start", index, content_block }),
    ...deltas.map((delta) => event({ type: "content_block_delta", index, delta })),
    event({ type: "content_block_stop", index }),
  ].join("");
const text = (index: number, words: string): string =>
  block(index, { type: "text", text: "" }, { type: "text_delta", text: words });
const call = (index: number, ...pieces: string[]): string =>
  block(
    index,
    { type: "tool_use", id: "t", name: "shell", input: {} },
    ...pieces.map((partial_json) => ({ type: "input_json_delta", partial_json })),
  );
const stopped = (stop_reason: string | null, more: Json = {}): string =>
  event({ type: "message_delta", delta: { stop_reason, ...more }, usage: { output_tokens: 2 } });
const end = event({ type: "message_stop" });

test("stops, dialects and broken streams", async () => {
  const a = [{ type: "text", text: "a" }];
  const made = (written: string) => [{ type: "call", call_id: "t", name: "shell", arguments: written }];
  const table: readonly (readonly [string, string[], unknown])[] = [
    ["the end of a turn", [began, text(0, "a"), stopped("end_turn"), end], a],
    ["no message_stop", [began, text(0, "a"), stopped("end_turn")], a],
    ["no message_delta", [began, text(0, "a"), end], a],
    [
      "blocks out of order",
      [began, text(1, "b"), text(0, "a"), stopped("end_turn"), end],
      [...a, { type: "text", text: "b" }],
    ],
    ["a stop sequence", [began, text(0, "a"), stopped("stop_sequence"), end], a],
    [
      "arguments in pieces",
      [began, call(0, "", '{"co', 'mmand":"ls"}'), stopped("tool_use"), end],
      made('{"command":"ls"}'),
    ],
    ["no arguments", [began, call(0), stopped("tool_use"), end], made("{}")],
    ["arguments that are no JSON", [began, call(0, "{oops"), stopped("tool_use"), end], made("{oops")],
    ["a call that was cut", [began, text(0, "a"), call(1, '{"co'), stopped("max_tokens"), end], a],
    ["a pause", [began, text(0, "a"), stopped("pause_turn"), end], a],
    [
      "thinking in all its forms",
      [
        began,
        block(0, { type: "redacted_thinking", data: "R" }),
        block(
          1,
          { type: "thinking", thinking: "", signature: "" },
          { type: "thinking_delta", thinking: "h" },
          { type: "thinking_delta", thinking: "m" },
          { type: "signature_delta", signature: "S=" },
        ),
        block(2, { type: "thinking", thinking: "" }, { type: "signature_delta", signature: "T=" }),
        stopped("end_turn"),
        end,
      ],
      [
        { type: "reasoning", text: "", encrypted: "R", seal: "opaque" },
        { type: "reasoning", text: "hm", encrypted: "S=", seal: "signed" },
        { type: "reasoning", text: "", encrypted: "T=", seal: "signed" },
      ],
    ],
    [
      "blocks, deltas and events of a later time",
      [
        began,
        block(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }, { type: "new_delta", more: 1 }),
        event({ type: "new_event" }),
        "event: ping\ndata: {}\n\n",
        text(1, "a"),
        stopped("end_turn"),
        end,
      ],
      a,
    ],
    ["a refusal", [began, text(0, "a"), stopped("refusal", { stop_details: { category: "cyber" } }), end], "refused"],
    ["a full window", [began, text(0, "a"), stopped("model_context_window_exceeded"), end], "context_overflow"],
    [
      "overload",
      [began, event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } })],
      "overloaded",
    ],
    [
      "a fault of the service",
      [began, event({ type: "error", error: { type: "api_error", message: "oh" } })],
      "bad_response",
    ],
    [
      "an error without a type",
      [`data: ${JSON.stringify({ error: { message: "x", type: "rate_limit_error" } })}\n\n`],
      "rate_limited",
    ],
    ["a stream that only stops", [began, text(0, "a")], "bad_response"],
    ["a block that is none", [began, event({ type: "content_block_start", index: 0 })], "bad_response"],
    ["nothing", [], "bad_response"],
  ];
  const { baseUrl } = await start(...table.map(([, raw]): ScriptedStep => ({ raw })));
  for (const [name, , expected] of table) {
    const { outcome } = await callModel(testChoice(baseUrl, "anthropic"), testRequest([userMessage("x")]));
    assert.deepEqual(outcome.type === "failed" ? outcome.failure.code : outcome.output, expected, name);
    if (outcome.type === "completed") assert.equal(outcome.stop, /cut|pause/.test(name) ? "length" : "done", name);
  }
});

test("a server that does not stream", async () => {
  const content = [
    { type: "text", text: "whole" },
    { type: "tool_use", id: "t", name: "shell", input: { command: "ls" } },
  ];
  const usage = { input_tokens: 3, output_tokens: 4, cache_read_input_tokens: 5, cache_creation_input_tokens: null };
  const document = { id: "m", type: "message", role: "assistant", content, stop_reason: "tool_use", usage };
  const { baseUrl } = await start({ fault: { type: "status", status: 200, body: document } });
  const { outcome } = await callModel(testChoice(baseUrl, "anthropic"), testRequest([userMessage("x")]));
  assert.ok(outcome.type === "completed");
  assert.deepEqual(outcome.output, [
    { type: "text", text: "whole" },
    { type: "call", call_id: "t", name: "shell", arguments: '{"command":"ls"}' },
  ]);
  assert.deepEqual([outcome.usage.input_tokens, outcome.usage.cached_input_tokens], [8, 5]);
});

test("refusals of a request", async () => {
  const table: readonly (readonly [number, string, string, string, boolean])[] = [
    [401, "authentication_error", "invalid x-api-key", "authentication", false],
    [403, "permission_error", "Your API key may not use this", "authentication", false],
    [404, "not_found_error", "model: claude-none", "model_not_found", false],
    [400, "invalid_request_error", "prompt is too long: 210001 tokens > 200000 maximum", "context_overflow", false],
    [
      400,
      "invalid_request_error",
      "input length and `max_tokens` exceed context limit: 190000 + 64000 > 200000",
      "context_overflow",
      false,
    ],
    [413, "request_too_large", "Request exceeds the maximum size", "context_overflow", false],
    [400, "invalid_request_error", "Your credit balance is too low to access the API", "rate_limited", false],
    [429, "rate_limit_error", "This request would exceed your limit", "rate_limited", true],
    [529, "overloaded_error", "Overloaded", "overloaded", true],
    [500, "api_error", "Internal server error", "bad_response", true],
  ];
  const { baseUrl } = await start(
    ...table.map(
      ([status, type, message]): ScriptedStep => ({
        fault: { type: "status", status, body: { type: "error", error: { type, message }, request_id: "req_1" } },
      }),
    ),
  );
  for (const [status, , message, code, transient] of table) {
    const { outcome } = await callModel(testChoice(baseUrl, "anthropic"), testRequest([userMessage("x")]));
    assert.ok(outcome.type === "failed");
    assert.deepEqual([outcome.failure.code, outcome.failure.transient], [code, transient], `${status} ${message}`);
  }
});
