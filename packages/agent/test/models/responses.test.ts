import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { InputItem, OutputPart } from "@fettle/protocol";
import {
  callModel,
  outputItem,
  patchTool,
  shellTool,
  testChoice,
  testRequest,
  userMessage,
} from "../support/remote-choice.ts";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";
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

const picture = { type: "image", url: "data:image/png;base64,AA==" } as const;
const answer: OutputPart[] = [
  { type: "reasoning", text: "hm", id: "rs_1", encrypted: "ENC" },
  { type: "text", text: "Look:", id: "msg_1" },
  { type: "call", call_id: "c1", name: "shell", arguments: '{"command":"ls"}', id: "fc_1" },
  { type: "call", call_id: "c2", name: "apply_patch", arguments: "*** Begin Patch", freeform: true, id: "ctc_1" },
];
const conversation: InputItem[] = [
  { type: "message", role: "developer", content: [{ type: "text", text: "rules" }] },
  userMessage("hello", picture),
  outputItem(answer),
  { type: "result", call_id: "c1", name: "shell", content: [{ type: "text", text: "a.txt" }, picture] },
  { type: "result", call_id: "c2", name: "apply_patch", freeform: true, content: [{ type: "text", text: "done" }] },
];

const sent = async (input: readonly InputItem[], info = {}, changes = {}): Promise<Record<string, unknown>> => {
  const scripted = await start({ text: "ok" });
  await callModel(testChoice(scripted.baseUrl, "responses", { info }), testRequest(input, changes));
  return JSON.parse(scripted.requests[0]?.body ?? "") as Record<string, unknown>;
};

test("the whole body, with input last", async () => {
  const schema = { type: "object", properties: {}, required: [], additionalProperties: false };
  const body = await sent(conversation, {}, { outputSchema: schema });
  const image = { type: "input_image", image_url: picture.url, detail: "auto" };
  assert.deepEqual(body, {
    model: "gpt-5",
    stream: true,
    store: false,
    prompt_cache_key: "thread-1",
    reasoning: { effort: "medium", summary: "auto" },
    include: ["reasoning.encrypted_content"],
    text: { format: { type: "json_schema", name: "answer", strict: true, schema } },
    instructions: "You are careful.",
    tools: [
      {
        type: "function",
        name: "shell",
        description: "Runs a command.",
        parameters: shellTool.parameters,
        strict: false,
      },
      {
        type: "custom",
        name: "apply_patch",
        description: "Applies a patch, freeform.",
        format: { type: "grammar", syntax: "lark", definition: 'start: "x"' },
      },
    ],
    tool_choice: "auto",
    parallel_tool_calls: true,
    input: [
      { type: "message", role: "developer", content: [{ type: "input_text", text: "rules" }] },
      { type: "message", role: "user", content: [{ type: "input_text", text: "hello" }, image] },
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "ENC" },
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Look:", annotations: [] }],
      },
      { type: "function_call", id: "fc_1", call_id: "c1", name: "shell", arguments: '{"command":"ls"}' },
      { type: "custom_tool_call", id: "ctc_1", call_id: "c2", name: "apply_patch", input: "*** Begin Patch" },
      { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "a.txt" }, image] },
      { type: "custom_tool_call_output", call_id: "c2", output: "done" },
    ],
  });
  assert.equal(Object.keys(body).at(-1), "input");
});

test("another model's reasoning and ids are not sent, its freeform calls become functions", async () => {
  const body = await sent(conversation, { id: "other", freeformTools: false, images: false, reasoning: false });
  assert.equal(body.reasoning, undefined);
  assert.equal(body.include, undefined);
  assert.deepEqual((body.tools as unknown[])[1], {
    type: "function",
    name: "apply_patch",
    description: "Applies a patch.",
    parameters: patchTool.parameters,
    strict: false,
  });
  assert.deepEqual((body.input as unknown[]).slice(1), [
    {
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "hello" },
        { type: "input_text", text: "[a picture, which this model cannot see]" },
      ],
    },
    {
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Look:", annotations: [] }],
    },
    { type: "function_call", call_id: "c1", name: "shell", arguments: '{"command":"ls"}' },
    { type: "function_call", call_id: "c2", name: "apply_patch", arguments: '{"patch":"*** Begin Patch"}' },
    { type: "function_call_output", call_id: "c1", output: "a.txt\n[a picture, which this model cannot see]" },
    { type: "function_call_output", call_id: "c2", output: "done" },
  ]);
});

test("reasoning without content or without what it led to is left out", async () => {
  const body = await sent([
    outputItem([
      { type: "reasoning", text: "x", id: "rs_1" },
      { type: "text", text: "a" },
    ]),
    outputItem([{ type: "reasoning", text: "x", id: "rs_2", encrypted: "E" }]),
  ]);
  assert.deepEqual(
    (body.input as { type: string }[]).map((item) => item.type),
    ["message"],
  );
});

test("reasoning and freeform calls come with all that must be sent back", async () => {
  const { baseUrl } = await start({
    reasoning: { text: "hm", encrypted: "ENC" },
    calls: [{ name: "apply_patch", input: "*** Begin Patch", id: "c9" }],
  });
  const { outcome } = await callModel(testChoice(baseUrl, "responses"), testRequest([userMessage("x")]));
  assert.ok(outcome.type === "completed");
  assert.deepEqual(outcome.output, [
    { type: "reasoning", text: "hm", id: "rs_1", encrypted: "ENC" },
    { type: "call", call_id: "c9", name: "apply_patch", arguments: "*** Begin Patch", freeform: true, id: "ctc_1_0" },
  ]);
  assert.equal(outcome.responseId, "resp_1");
});

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const message = (text: string) => ({ type: "message", role: "assistant", content: [{ type: "output_text", text }] });

test("dialects and broken streams", async () => {
  const done = { type: "response.completed", response: { id: "r" } };
  const table: readonly (readonly [string, string[], unknown])[] = [
    [
      "unknown events and items",
      [
        event({ type: "response.new.thing" }),
        event({ type: "response.output_item.done", item: { type: "web_search_call", id: "w" } }),
        event({ type: "response.output_item.done", item: message("a") }),
        event(done),
      ],
      ["a"],
    ],
    [
      "items out of order",
      [
        event({ type: "response.output_item.done", output_index: 1, item: message("b") }),
        event({ type: "response.output_item.done", output_index: 0, item: message("a") }),
        event(done),
      ],
      ["a", "b"],
    ],
    ["items only in the final event", [event({ ...done, response: { id: "r", output: [message("late")] } })], ["late"]],
    [
      "a split character and CRLF",
      [
        event({ type: "response.output_item.done", item: message("ü") }).replaceAll("\n", "\r\n"),
        event(done).replaceAll("\n", "\r\n"),
      ],
      ["ü"],
    ],
    [
      "the final event without its blank line",
      [event({ type: "response.output_item.done", item: message("a") }), event(done).trimEnd()],
      ["a"],
    ],
    [
      "a flat error event",
      ["event: error\n", event({ type: "error", code: "rate_limit_exceeded", message: "slow" })],
      "rate_limited",
    ],
    [
      "a nested error event",
      [event({ type: "error", error: { type: "server_error", message: "oh" } })],
      "bad_response",
    ],
    ["an error without a type", [event({ error: { message: "oh", code: 503 } })], "overloaded"],
    [
      "an item that is none",
      [event({ type: "response.output_item.done", item: { type: "function_call" } })],
      "bad_response",
    ],
    ["a final event without a response", [event({ type: "response.completed" })], "bad_response"],
    ["nothing", [], "bad_response"],
  ];
  const { baseUrl } = await start(...table.map(([, raw]): ScriptedStep => ({ raw })));
  for (const [name, , expected] of table) {
    const { outcome } = await callModel(testChoice(baseUrl, "responses"), testRequest([userMessage("x")]));
    const got =
      outcome.type === "failed"
        ? outcome.failure.code
        : outcome.output.map((part) => (part.type === "text" ? part.text : part.type));
    assert.deepEqual(got, expected, name);
  }
});

test("a server that does not know a parameter is asked again without it, and remembered", async () => {
  const unknown = (message: string): ScriptedStep => ({
    fault: { type: "status", status: 400, body: { error: { message } } },
  });
  const scripted = await start(
    unknown("Your organization must be verified to use reasoning.summary"),
    unknown("Unsupported parameter: 'prompt_cache_key'"),
    { text: "ok" },
    { text: "ok" },
  );
  const { createRemoteModel } = await import("../../src/models/remote.ts");
  const model = createRemoteModel(testChoice(scripted.baseUrl, "responses"));
  for (let index = 0; index < 2; index++) {
    const outcome = await model.stream(testRequest([userMessage("x")]), () => {}, new AbortController().signal);
    assert.equal(outcome.type, "completed");
  }
  const bodies = scripted.requests.map((request) => JSON.parse(request.body) as Record<string, unknown>);
  assert.equal(bodies.length, 4);
  assert.deepEqual(bodies[2]?.reasoning, { effort: "medium" });
  assert.equal(bodies[2]?.prompt_cache_key, undefined);
  assert.equal(scripted.requests[2]?.body, scripted.requests[3]?.body);
});

test("a refusal of what the request does not have is told at once", async () => {
  const message = "The encrypted content E could not be verified";
  const scripted = await start(
    { fault: { type: "status", status: 400, body: { error: { message } } } },
    { text: "ok" },
  );
  const { outcome } = await callModel(testChoice(scripted.baseUrl, "responses"), testRequest([userMessage("hello")]));
  assert.ok(outcome.type === "failed" && outcome.failure.message.includes(message));
  assert.equal(scripted.requests.length, 1);
});
