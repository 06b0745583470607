import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { InputItem, OutputPart } from "@fettle/protocol";
import type { Effort } from "../../src/model.ts";
import { describeModel } from "../../src/models/catalogue.ts";
import { geminiBody } from "../../src/models/gemini-request.ts";
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

type Json = Record<string, unknown>;
const flash = "gemini/gemini-3.8-flash";
const picture = { type: "image", url: "data:image/png;base64,AA==" } as const;
const inlineData = { inlineData: { mimeType: "image/png", data: "AA==" } };
const answer: OutputPart[] = [
  { type: "reasoning", text: "a summary, which is not wanted back" },
  { type: "reasoning", text: "hm", encrypted: "S0", seal: "signed" },
  { type: "text", text: "Look:", signature: "S1" },
  { type: "call", call_id: "g1", id: "g1", name: "shell", arguments: '{"command":"ls"}', signature: "S2" },
  { type: "call", call_id: "call_own", name: "apply_patch", arguments: '{"patch":"x"}' },
  { type: "text", text: "", signature: "S3" },
];
const conversation = (model: string): InputItem[] => [
  { type: "message", role: "developer", content: [{ type: "text", text: "rules" }] },
  userMessage("hello", picture),
  outputItem(answer, model),
  { type: "result", call_id: "g1", name: "shell", content: [{ type: "text", text: "a.txt" }, picture] },
  { type: "result", call_id: "call_own", name: "apply_patch", content: [{ type: "text", text: "done" }] },
  userMessage("go on"),
];

const bodyOf = (name: string, input: readonly InputItem[], changes = {}, rejected: string[] = []): Json => {
  const { info } = describeModel({ id: "gemini", wireApi: "gemini" }, name);
  const choice = testChoice("http://127.0.0.1:1", "gemini", { info });
  return JSON.parse(geminiBody(testRequest(input, changes), choice, new Set(rejected))) as Json;
};

test("the whole body, with contents last, at the model's own place", async () => {
  const scripted = await start({ text: "ok" });
  const outputSchema = { type: "object" };
  const choice = testChoice(scripted.baseUrl, "gemini");
  await callModel(choice, testRequest(conversation(flash), { outputSchema }));
  assert.equal(scripted.requests[0]?.path, "/v1/models/gemini-3.8-flash:streamGenerateContent?alt=sse");
  const body = JSON.parse(scripted.requests[0]?.body ?? "") as Json;
  assert.deepEqual(body, {
    generationConfig: {
      maxOutputTokens: 65_536,
      thinkingConfig: { includeThoughts: true, thinkingLevel: "MEDIUM" },
      responseMimeType: "application/json",
      responseJsonSchema: outputSchema,
    },
    tools: [
      {
        functionDeclarations: [
          { name: "shell", description: "Runs a command.", parametersJsonSchema: shellTool.parameters },
          { name: "apply_patch", description: "Applies a patch.", parametersJsonSchema: patchTool.parameters },
        ],
      },
    ],
    systemInstruction: { parts: [{ text: "You are careful." }] },
    contents: [
      { role: "user", parts: [{ text: "rules" }] },
      { role: "user", parts: [{ text: "hello" }, inlineData] },
      {
        role: "model",
        parts: [
          { text: "hm", thought: true, thoughtSignature: "S0" },
          { text: "Look:", thoughtSignature: "S1" },
          { functionCall: { id: "g1", name: "shell", args: { command: "ls" } }, thoughtSignature: "S2" },
          { functionCall: { name: "apply_patch", args: { patch: "x" } } },
          { text: "", thoughtSignature: "S3" },
        ],
      },
      {
        role: "user",
        parts: [
          {
            functionResponse: { id: "g1", name: "shell", response: { output: "a.txt" }, parts: [inlineData] },
          },
          { functionResponse: { name: "apply_patch", response: { output: "done" } } },
        ],
      },
      { role: "user", parts: [{ text: "go on" }] },
    ],
  });
  assert.equal(Object.keys(body).at(-1), "contents");
});

test("a model with a path of its own", async () => {
  const scripted = await start({ text: "ok" });
  const choice = { ...testChoice(scripted.baseUrl, "gemini"), wireModel: "tunedModels/my model" };
  await callModel(choice, testRequest([userMessage("x")]));
  assert.equal(scripted.requests[0]?.path, "/v1/tunedModels/my%20model:streamGenerateContent?alt=sse");
});

test("another model's signatures and ids are not sent; the generation that insists gets the word for none", () => {
  const third = bodyOf("gemini-3.8-flash", conversation("gpt-5")).contents as Json[];
  assert.deepEqual(third[2], {
    role: "model",
    parts: [
      { text: "Look:" },
      {
        functionCall: { name: "shell", args: { command: "ls" } },
        thoughtSignature: "skip_thought_signature_validator",
      },
      { functionCall: { name: "apply_patch", args: { patch: "x" } } },
    ],
  });
  const { parts } = third[3] as { parts: { functionResponse: Json }[] };
  assert.equal(parts[0]?.functionResponse.id, undefined);
  const second = bodyOf("gemini-2.5-flash", conversation("gpt-5")).contents as Json[];
  assert.ok(!JSON.stringify(second).includes("thoughtSignature"));
  assert.deepEqual(second.slice(3), [
    {
      role: "user",
      parts: [
        { functionResponse: { name: "shell", response: { output: "a.txt" } } },
        { functionResponse: { name: "apply_patch", response: { output: "done" } } },
      ],
    },
    { role: "user", parts: [inlineData] },
    { role: "user", parts: [{ text: "go on" }] },
  ]);
});

test("how much to think, in each generation's own way", () => {
  const thinkingOf = (name: string, effort: Effort | undefined): unknown => {
    const { generationConfig } = bodyOf(name, [], { effort });
    return (generationConfig as { thinkingConfig?: unknown }).thinkingConfig;
  };
  const level = (thinkingLevel: string) => ({ includeThoughts: true, thinkingLevel });
  const budget = (thinkingBudget: number) => ({ includeThoughts: true, thinkingBudget });
  assert.deepEqual(thinkingOf("gemini-3.8-flash", "minimal"), level("LOW"));
  assert.deepEqual(thinkingOf("gemini-3-flash-preview", "minimal"), level("MINIMAL"));
  assert.deepEqual(thinkingOf("gemini-3.1-pro-preview", "medium"), level("MEDIUM"));
  assert.deepEqual(thinkingOf("gemini-3-pro-preview", "medium"), level("LOW"), "never more than asked for");
  assert.deepEqual(thinkingOf("gemini-3.8-flash", "max"), level("HIGH"));
  assert.deepEqual(thinkingOf("gemini-2.5-pro", "max"), budget(32_768));
  assert.deepEqual(thinkingOf("gemini-2.5-flash", "xhigh"), budget(24_576));
  assert.deepEqual(thinkingOf("gemini-2.5-flash", undefined), { thinkingBudget: 0 });
  assert.deepEqual(thinkingOf("gemini-2.5-pro", undefined), { includeThoughts: true }, "cannot be stopped");
  assert.equal(thinkingOf("gemini-2.0-flash", "high"), undefined);
});

const chunk = (parts: Json[], finishReason?: string, more: Json = {}): string =>
  `data: ${JSON.stringify({ candidates: [{ content: { role: "model", parts }, finishReason, ...more }] })}\r\n\r\n`;
const data = (value: Json): string => `data: ${JSON.stringify(value)}\n\n`;

test("ends, dialects and broken streams", async () => {
  const a = [{ type: "text", text: "a" }];
  const table: readonly (readonly [string, string[], unknown])[] = [
    ["one chunk", [chunk([{ text: "a" }], "STOP")], a],
    ["text over chunks", [chunk([{ text: "a" }]), chunk([{ text: "b" }], "STOP")], [{ type: "text", text: "ab" }]],
    ["no content at the end", [chunk([{ text: "a" }]), data({ candidates: [{ finishReason: "STOP" }] })], a],
    [
      "a signature beside text stays on its part",
      [chunk([{ text: "a" }]), chunk([{ text: "b", thoughtSignature: "S" }]), chunk([{ text: "c" }], "STOP")],
      [...a, { type: "text", text: "b", signature: "S" }, { type: "text", text: "c" }],
    ],
    [
      "a signature alone",
      [chunk([{ text: "a" }]), chunk([{ thoughtSignature: "S" }], "STOP")],
      [...a, { type: "text", text: "", signature: "S" }],
    ],
    [
      "thoughts",
      [
        chunk([{ text: "h", thought: true }]),
        chunk([{ text: "m", thought: true }]),
        chunk([{ text: "", thought: true, thoughtSignature: "S" }, { text: "a" }], "STOP"),
      ],
      [{ type: "reasoning", text: "hm" }, { type: "reasoning", text: "", encrypted: "S", seal: "signed" }, ...a],
    ],
    [
      "calls, signed and not",
      [
        chunk([
          { functionCall: { id: "x", name: "shell", args: { command: "ls" } }, thoughtSignature: "S" },
          { functionCall: { id: "y", name: "shell" } },
        ]),
        chunk([{ text: "" }], "STOP"),
      ],
      [
        { type: "call", call_id: "x", name: "shell", arguments: '{"command":"ls"}', id: "x", signature: "S" },
        { type: "call", call_id: "y", name: "shell", arguments: "{}", id: "y" },
      ],
    ],
    ["parts of a later time", [chunk([{ executableCode: { code: "1" } }, { text: "a" }], "STOP")], a],
    ["[DONE], as some gateways send it", [chunk([{ text: "a" }], "STOP"), "data: [DONE]\n\n"], a],
    ["the limit", [chunk([{ text: "a" }], "MAX_TOKENS")], a],
    ["safety", [chunk([{ text: "a" }], "SAFETY")], "refused"],
    ["recitation", [chunk([], "RECITATION")], "refused"],
    ["a call that went wrong", [chunk([], "MALFORMED_FUNCTION_CALL", { finishMessage: "bad" })], "bad_response"],
    ["a prompt that is blocked", [data({ promptFeedback: { blockReason: "PROHIBITED_CONTENT" } })], "refused"],
    ["an error", [data({ error: { code: 503, message: "busy", status: "UNAVAILABLE" } })], "overloaded"],
    ["another error", [data({ error: { code: 500, message: "oh", status: "INTERNAL" } })], "bad_response"],
    ["a stream that only stops", [chunk([{ text: "a" }])], "bad_response"],
    ["a chunk that is none", [data({ candidates: "x" })], "bad_response"],
    ["nothing", [], "bad_response"],
  ];
  const { baseUrl } = await start(...table.map(([, raw]): ScriptedStep => ({ raw })));
  for (const [name, , expected] of table) {
    const { outcome } = await callModel(testChoice(baseUrl, "gemini"), testRequest([userMessage("x")]));
    assert.deepEqual(outcome.type === "failed" ? outcome.failure.code : outcome.output, expected, name);
    if (outcome.type === "completed") assert.equal(outcome.stop, name === "the limit" ? "length" : "done", name);
  }
});

test("a call without an id gets one of ours, which is not sent", async () => {
  const { baseUrl } = await start({ calls: [{ name: "shell" }, { name: "shell" }] });
  const { outcome } = await callModel(testChoice(baseUrl, "gemini"), testRequest([userMessage("x")]));
  assert.ok(outcome.type === "completed");
  const ids = outcome.output.map((part) => (part.type === "call" ? part.call_id : ""));
  assert.equal(new Set(ids).size, 2);
  assert.ok(ids.every((id) => id.startsWith("call_")));
  const { contents } = bodyOf("gemini-3.8-flash", [
    outputItem(outcome.output, flash),
    { type: "result", call_id: ids[0] ?? "", name: "shell", content: [] },
  ]);
  assert.ok(!JSON.stringify(contents).includes("call_"));
});

test("a schema beside tools, where the model takes only one of them, becomes an instruction", async () => {
  const message = "Function calling with a response mime type: 'application/json' is unsupported";
  const body = { error: { code: 400, message, status: "INVALID_ARGUMENT" } };
  const scripted = await start({ fault: { type: "status", status: 400, body } }, { text: "{}" });
  const request = testRequest([userMessage("x")], { outputSchema: { type: "object" } });
  const { outcome } = await callModel(testChoice(scripted.baseUrl, "gemini"), request);
  assert.equal(outcome.type, "completed");
  const second = scripted.requests[1]?.body ?? "";
  assert.ok(!second.includes("responseMimeType") && second.includes("JSON Schema"));
});

test("refusals of a request", async () => {
  const table: readonly (readonly [number, string, string, string, boolean, number | undefined])[] = [
    [400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "authentication", false, undefined],
    [403, "PERMISSION_DENIED", "Your API key was reported as leaked", "authentication", false, undefined],
    [404, "NOT_FOUND", "models/gemini-none is not found for API version v1beta", "model_not_found", false, undefined],
    [
      400,
      "INVALID_ARGUMENT",
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      "context_overflow",
      false,
      undefined,
    ],
    [429, "RESOURCE_EXHAUSTED", "Quota exceeded. Please retry in 1.5s.", "rate_limited", true, 1500],
    [503, "UNAVAILABLE", "The model is overloaded.", "overloaded", true, undefined],
    [500, "INTERNAL", "An internal error has occurred", "bad_response", true, undefined],
  ];
  const { baseUrl } = await start(
    ...table.map(([code, status, message], index): ScriptedStep => {
      const body = { error: { code, message, status } };
      return { fault: { type: "status", status: code, body: index % 2 === 0 ? body : [body] } };
    }),
  );
  for (const [status, , message, code, transient, wait] of table) {
    const { outcome } = await callModel(testChoice(baseUrl, "gemini"), testRequest([userMessage("x")]));
    assert.ok(outcome.type === "failed");
    const { failure } = outcome;
    assert.deepEqual([failure.code, failure.transient, failure.retryAfterMs], [code, transient, wait], message);
    if (status === 400) assert.match(failure.message, /Gemini|context/);
  }
});
