import { chatBody, optionalChatParameters } from "./chat-request.ts";
import { createChatReader } from "./chat-stream.ts";
import type { WireFormat } from "./exchange.ts";

/** Chat Completions of any compatible server: Ollama, llama.cpp, vLLM, LM Studio, gateways, OpenAI itself. */
export const chatWire: WireFormat = {
  path: () => "chat/completions",
  optional: optionalChatParameters,
  body: chatBody,
  reader: createChatReader,
};
