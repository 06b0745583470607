import type { ContentPart, InputItem, OutputPart } from "@fettle/protocol";
import type { ModelDelta, ModelOutcome, ModelRequest, ToolSpec } from "../../src/model.ts";
import { describeModel } from "../../src/models/catalogue.ts";
import type { ProviderConfig, RemoteChoice, WireApi } from "../../src/models/provider.ts";
import { createRemoteModel } from "../../src/models/remote.ts";

/* A choice for a server on loopback, and shorthands for requests. */

export const testKey = "sk-test-0123456789abcdef";

const service = (wireApi: WireApi, wireModel: string, name: string, variable: string) => ({
  wireModel,
  info: describeModel({ id: wireApi, wireApi }, wireModel).info,
  provider: { id: wireApi, name, keyVariables: [variable] },
});

const services = {
  responses: undefined,
  chat: undefined,
  anthropic: service("anthropic", "claude-opus-5-5", "Anthropic", "ANTHROPIC_API_KEY"),
  gemini: service("gemini", "gemini-3.8-flash", "Gemini", "GEMINI_API_KEY"),
};

export const testChoice = (
  baseUrl: string,
  wireApi: WireApi,
  changes: { info?: Partial<RemoteChoice["info"]>; provider?: Partial<ProviderConfig> } = {},
): RemoteChoice => ({
  kind: "remote",
  info: {
    id: "gpt-5",
    provider: "openai",
    contextWindow: 400_000,
    images: true,
    reasoning: true,
    freeformTools: wireApi === "responses",
    ...services[wireApi]?.info,
    ...changes.info,
  },
  provider: {
    id: "openai",
    name: "OpenAI",
    baseUrl,
    wireApi,
    keyVariables: ["OPENAI_API_KEY"],
    keyRequired: true,
    headers: { "x-team": "blue" },
    query: {},
    requestMaxRetries: 6,
    streamMaxRetries: 10,
    streamIdleTimeoutMs: 60_000,
    ...services[wireApi]?.provider,
    ...changes.provider,
  },
  key: testKey,
  wireModel: services[wireApi]?.wireModel ?? "gpt-5",
  effort: "medium",
  summary: "auto",
});

export const shellTool: ToolSpec = {
  name: "shell",
  description: "Runs a command.",
  parameters: { type: "object", properties: { command: { type: "string" } }, required: ["command"] },
};
export const patchTool: ToolSpec = {
  name: "apply_patch",
  description: "Applies a patch.",
  parameters: { type: "object", properties: { patch: { type: "string" } }, required: ["patch"] },
  freeform: { syntax: "lark", definition: 'start: "x"', description: "Applies a patch, freeform." },
};

export const userMessage = (text: string, ...more: ContentPart[]): InputItem => ({
  type: "message",
  role: "user",
  content: [{ type: "text", text }, ...more],
});
export const outputItem = (parts: readonly OutputPart[], model = "gpt-5"): InputItem => ({
  type: "output",
  model,
  parts: [...parts],
});

export const testRequest = (input: readonly InputItem[], changes: Partial<ModelRequest> = {}): ModelRequest => ({
  instructions: "You are careful.",
  tools: [shellTool, patchTool],
  input,
  effort: "medium",
  cacheKey: "thread-1",
  ...changes,
});

export type Called = { readonly outcome: ModelOutcome; readonly deltas: readonly ModelDelta[] };

/** One call of a fresh model. */
export const callModel = async (
  choice: RemoteChoice,
  request: ModelRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<Called> => {
  const deltas: ModelDelta[] = [];
  const outcome = await createRemoteModel(choice).stream(request, (delta) => deltas.push(delta), signal);
  return { outcome, deltas };
};
