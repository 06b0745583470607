import type { Model } from "../model.ts";
import { chatBody, optionalChatParameters } from "./chat-request.ts";
import { createChatReader } from "./chat-stream.ts";
import { openStream, readStream, type Wire } from "./exchange.ts";
import type { Transport } from "./http.ts";
import type { RemoteChoice } from "./provider.ts";

/** Chat Completions of any compatible server: Ollama, llama.cpp, vLLM, LM Studio, gateways, OpenAI itself. */
export const createChatStream = (choice: RemoteChoice, transport: Transport): Model["stream"] => {
  const wire: Wire = {
    transport,
    choice,
    path: "chat/completions",
    optional: optionalChatParameters,
    rejected: new Set(),
  };
  return async (request, onDelta, signal) => {
    const opened = await openStream(wire, () => chatBody(request, choice, wire.rejected), signal);
    if (!opened.ok) return { type: "failed", failure: opened.failure };
    return readStream(opened.response, createChatReader(choice, onDelta), choice);
  };
};
