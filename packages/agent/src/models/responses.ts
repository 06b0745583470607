import type { WireFormat } from "./exchange.ts";
import { optionalResponsesParameters, responsesBody } from "./responses-request.ts";
import { createResponsesReader } from "./responses-stream.ts";

/** OpenAI's Responses API over HTTP streaming. Nothing is stored there: reasoning comes back encrypted and is sent again. */
export const responsesWire: WireFormat = {
  path: () => "responses",
  optional: optionalResponsesParameters,
  body: responsesBody,
  reader: createResponsesReader,
};
