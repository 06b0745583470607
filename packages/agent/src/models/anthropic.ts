import { anthropicBody, optionalAnthropicParameters } from "./anthropic-request.ts";
import { createAnthropicReader } from "./anthropic-stream.ts";
import type { WireFormat } from "./exchange.ts";

/** Anthropic's Messages API, and servers that speak it. Thinking comes back signed and is sent again. */
export const anthropicWire: WireFormat = {
  path: () => "messages",
  optional: optionalAnthropicParameters,
  body: anthropicBody,
  reader: createAnthropicReader,
};
