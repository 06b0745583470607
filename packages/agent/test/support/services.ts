import type { WireApi } from "../../src/models/provider.ts";
import type { ScriptedFault } from "./scripted-steps.ts";

/* The services as they refuse, each in its own words. */

/** A service as the table's columns have it, with the words in which it refuses. */
export type Service = {
  readonly title: string;
  readonly wire: WireApi;
  readonly overload: ScriptedFault;
  readonly overflow: ScriptedFault;
};

const refusal = (status: number, body: unknown, headers: Record<string, string> = {}): ScriptedFault => ({
  type: "status",
  status,
  body,
  headers,
});
const wait = { "retry-after": "2" };

export const services: readonly Service[] = [
  {
    title: "OpenAI Responses",
    wire: "responses",
    overload: refusal(503, { error: { message: "The engine is overloaded", type: "server_error" } }, wait),
    overflow: refusal(400, { error: { message: "Your input is too large", code: "context_length_exceeded" } }),
  },
  {
    title: "Chat Completions",
    wire: "chat",
    overload: refusal(503, { error: "server busy" }, wait),
    overflow: refusal(400, { error: { message: "the request exceeds the available context size", code: 400 } }),
  },
  {
    title: "Anthropic",
    wire: "anthropic",
    overload: refusal(529, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, wait),
    overflow: refusal(400, {
      type: "error",
      error: { type: "invalid_request_error", message: "prompt is too long: 1000001 tokens > 1000000 maximum" },
    }),
  },
  {
    title: "Gemini",
    wire: "gemini",
    overload: refusal(503, { error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } }, wait),
    overflow: refusal(400, {
      error: {
        code: 400,
        message: "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).",
        status: "INVALID_ARGUMENT",
      },
    }),
  },
];
