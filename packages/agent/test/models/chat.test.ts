import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { InputItem, OutputPart } from "@fettle/protocol";
import { callModel, outputItem, shellTool, testChoice, testRequest, userMessage } from "../support/remote-choice.ts";
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

const local = (baseUrl: string, info = {}) =>
  testChoice(baseUrl, "chat", {
    info: { id: "ollama/qwen3", provider: "ollama", reasoning: false, ...info },
    provider: { id: "ollama", name: "Ollama" },
  });
const picture = { type: "image", url: "data:image/png;base64,AA==" } as const;
const imageUrl = { type: "image_url", image_url: { url: picture.url } };

test("the whole body, with messages last", async () => {
  const scripted = await start({ text: "ok" });
  const input: InputItem[] = [
    { type: "message", role: "developer", content: [{ type: "text", text: "rules" }] },
    userMessage("hello", picture),
    outputItem(
      [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "Look:" },
        { type: "call", call_id: "c1", name: "shell", arguments: '{"command":"ls"}' },
        { type: "call", call_id: "c2", name: "apply_patch", arguments: "*** Begin Patch", freeform: true },
        { type: "call", call_id: "c3", name: "shell", arguments: "{oops" },
      ],
      "gpt-5",
    ),
    { type: "result", call_id: "c1", name: "shell", content: [{ type: "text", text: "a.txt" }] },
    { type: "result", call_id: "c2", name: "apply_patch", content: [picture] },
    { type: "result", call_id: "c3", name: "shell", content: [{ type: "text", text: "invalid" }] },
    userMessage("go on"),
    outputItem([{ type: "reasoning", text: "nothing to say" }]),
  ];
  const outputSchema = { type: "object" };
  await callModel(
    local(scripted.baseUrl),
    testRequest(input, {
      tools: [shellTool, { ...shellTool, name: "apply_patch", parameters: { required: ["patch"] } }],
      outputSchema,
    }),
  );
  const body = JSON.parse(scripted.requests[0]?.body ?? "") as Record<string, unknown>;
  const call = (id: string, name: string, args: string) => ({
    id,
    type: "function",
    function: { name, arguments: args },
  });
  assert.deepEqual(body, {
    model: "gpt-5",
    stream: true,
    stream_options: { include_usage: true },
    parallel_tool_calls: true,
    response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema: outputSchema } },
    tools: [
      {
        type: "function",
        function: { name: "shell", description: "Runs a command.", parameters: shellTool.parameters },
      },
      {
        type: "function",
        function: { name: "apply_patch", description: "Runs a command.", parameters: { required: ["patch"] } },
      },
    ],
    messages: [
      { role: "system", content: "You are careful." },
      { role: "user", content: "rules" },
      { role: "user", content: [{ type: "text", text: "hello" }, imageUrl] },
      {
        role: "assistant",
        content: "Look:",
        tool_calls: [
          call("c1", "shell", '{"command":"ls"}'),
          call("c2", "apply_patch", '{"patch":"*** Begin Patch"}'),
          call("c3", "shell", '{"invalid_arguments":"{oops"}'),
        ],
      },
      { role: "tool", tool_call_id: "c1", content: "a.txt" },
      { role: "tool", tool_call_id: "c2", content: "[the picture follows]" },
      { role: "tool", tool_call_id: "c3", content: "invalid" },
      { role: "user", content: [imageUrl] },
      { role: "user", content: "go on" },
    ],
  });
  assert.equal(Object.keys(body).at(-1), "messages");
});

test("OpenAI itself gets its cache key, effort and developer messages", async () => {
  const scripted = await start({ text: "ok" });
  const input: InputItem[] = [{ type: "message", role: "developer", content: [{ type: "text", text: "rules" }] }];
  await callModel(testChoice(scripted.baseUrl, "chat"), testRequest(input, { tools: [] }));
  assert.deepEqual(JSON.parse(scripted.requests[0]?.body ?? ""), {
    model: "gpt-5",
    stream: true,
    stream_options: { include_usage: true },
    reasoning_effort: "medium",
    prompt_cache_key: "thread-1",
    store: false,
    messages: [
      { role: "system", content: "You are careful." },
      { role: "developer", content: "rules" },
    ],
  });
});

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const delta = (value: unknown, finish_reason: string | null = null): string =>
  data({ id: "x", choices: [{ index: 0, delta: value, finish_reason }] });
const stop = delta({}, "stop");
const done = "data: [DONE]\n\n";
const piece = (value: unknown): string => delta({ tool_calls: [value] });
const call = (call_id: string | undefined, written: string) => ({
  type: "call",
  call_id,
  name: "shell",
  arguments: written,
});
const text = (value: string) => [{ type: "text", text: value }];

type Case = readonly [name: string, raw: readonly string[], expected: unknown];
const dialects: readonly Case[] = [
  ["no [DONE]", [delta({ content: "a" }), stop], text("a")],
  ["no finish_reason", [delta({ content: "a" }), done], text("a")],
  ["no blank line at the end", [delta({ content: "a" }), stop.trimEnd()], text("a")],
  ["neither [DONE] nor finish_reason", [delta({ content: "a" })], "bad_response"],
  ["an empty answer", [stop, done], []],
  ["other words for the end", [delta({ content: "a" }), delta({}, "eos"), done], text("a")],
  [
    "null content and empty choices",
    [data({ choices: [] }), delta({ content: null }), delta({ content: "a" }), stop],
    text("a"),
  ],
  ["content as parts", [delta({ content: [{ type: "text", text: "a" }] }), stop, done], text("a")],
  [
    "reasoning",
    [delta({ reasoning: "r" }), delta({ content: "a" }), stop, done],
    [{ type: "reasoning", text: "r" }, ...text("a")],
  ],
  [
    "both names for reasoning at once",
    [delta({ reasoning: "r", reasoning_content: "r" }), stop, done],
    [{ type: "reasoning", text: "r" }],
  ],
  [
    "no index",
    [
      piece({ id: "a", function: { name: "shell", arguments: "{" } }),
      piece({ function: { arguments: "}" } }),
      stop,
      done,
    ],
    [call("a", "{}")],
  ],
  [
    "no index, two calls",
    [
      piece({ id: "a", function: { name: "shell", arguments: "{}" } }),
      piece({ id: "b", function: { name: "shell", arguments: "{}" } }),
      stop,
      done,
    ],
    [call("a", "{}"), call("b", "{}")],
  ],
  [
    "every call has the index 0",
    [
      piece({ index: 0, id: "a", function: { name: "shell", arguments: "{}" } }),
      piece({ index: 0, id: "b", function: { name: "shell", arguments: "{}" } }),
      stop,
      done,
    ],
    [call("a", "{}"), call("b", "{}")],
  ],
  [
    "the name and id again in each piece",
    [
      piece({ index: 0, id: "a", function: { name: "shell", arguments: "{" } }),
      piece({ index: 0, id: "a", function: { name: "shell", arguments: "}" } }),
      stop,
      done,
    ],
    [call("a", "{}")],
  ],
  [
    "interleaved calls",
    [
      piece({ index: 0, id: "a", function: { name: "shell", arguments: "{" } }),
      piece({ index: 1, id: "b", function: { name: "shell", arguments: "{" } }),
      piece({ index: 0, function: { arguments: "}" } }),
      piece({ index: 1, function: { arguments: "}" } }),
      stop,
      done,
    ],
    [call("a", "{}"), call("b", "{}")],
  ],
  ["no id", [piece({ index: 0, function: { name: "shell", arguments: "{}" } }), stop, done], [call(undefined, "{}")]],
  [
    "arguments as an object",
    [piece({ index: 0, id: "a", function: { name: "shell", arguments: { command: "ls" } } }), stop, done],
    [call("a", '{"command":"ls"}')],
  ],
  ["no arguments", [piece({ index: 0, id: "a", function: { name: "shell" } }), stop, done], [call("a", "{}")]],
  ["a call that is none", [delta({ tool_calls: "x" }), stop, done], "bad_response"],
  ["an error object", [delta({ content: "a" }), data({ error: { message: "oh", code: 429 } })], "rate_limited"],
  ["an error as text", [data({ error: "llama runner process has terminated" })], "bad_response"],
  [
    "an error event",
    ["event: error\n", data({ message: "the request exceeds the available context size" })],
    "context_overflow",
  ],
  ["a comment to keep the connection", [": ping\n\n", delta({ content: "a" }), ": ping\n\n", stop, done], text("a")],
];

test("the liberties that servers take", async () => {
  const { baseUrl } = await start(...dialects.map(([, raw]): ScriptedStep => ({ raw })));
  for (const [name, , expected] of dialects) {
    const { outcome } = await callModel(local(baseUrl), testRequest([userMessage("x")]));
    if (outcome.type === "failed") {
      assert.deepEqual(outcome.failure.code, expected, name);
      continue;
    }
    const output = outcome.output.map((part: OutputPart) => {
      if (part.type !== "call" || !part.call_id.startsWith("call_")) return part;
      return { ...part, call_id: undefined };
    });
    assert.deepEqual(output, expected, name);
    assert.equal(outcome.usage.input_tokens, 0);
  }
});

test("a server that keeps the connection open after its answer is not waited for", async () => {
  const { baseUrl } = await start({ raw: [delta({ content: "a" }), stop], fault: { type: "hang" } });
  const { outcome } = await callModel(local(baseUrl), testRequest([userMessage("x")]));
  assert.ok(outcome.type === "completed");
  assert.deepEqual(outcome.output, text("a"));
});

test("a server that knows no stream_options", async () => {
  const rejection = { error: { message: "Unrecognized request argument supplied: stream_options" } };
  const scripted = await start({ fault: { type: "status", status: 400, body: rejection } }, { text: "ok" });
  const { outcome } = await callModel(local(scripted.baseUrl), testRequest([userMessage("x")]));
  assert.equal(outcome.type, "completed");
  assert.ok(!scripted.requests[1]?.body.includes("stream_options"));
});

test("a server that does not stream, and one that is a web page", async () => {
  const message = {
    role: "assistant",
    content: "whole",
    tool_calls: [{ id: "a", type: "function", function: { name: "shell", arguments: "{}" } }],
  };
  const document = {
    id: "x",
    choices: [{ message, finish_reason: "tool_calls" }],
    usage: { prompt_tokens: 3, completion_tokens: 4 },
  };
  const { baseUrl } = await start(
    { fault: { type: "status", status: 200, body: document } },
    { fault: { type: "status", status: 200, body: "<html></html>", headers: { "content-type": "text/html" } } },
  );
  const { outcome } = await callModel(local(baseUrl), testRequest([userMessage("x")]));
  assert.ok(outcome.type === "completed");
  assert.deepEqual(outcome.output, [...text("whole"), call("a", "{}")]);
  assert.deepEqual([outcome.usage.input_tokens, outcome.usage.output_tokens], [3, 4]);
  const page = (await callModel(local(baseUrl), testRequest([userMessage("x")]))).outcome;
  assert.ok(page.type === "failed" && /base_url/.test(page.failure.message) && !page.failure.transient);
});
