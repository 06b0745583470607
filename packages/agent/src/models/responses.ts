import type { Model } from "../model.ts";
import { openStream, readStream, type Wire } from "./exchange.ts";
import type { Transport } from "./http.ts";
import type { RemoteChoice } from "./provider.ts";
import { optionalResponsesParameters, responsesBody } from "./responses-request.ts";
import { createResponsesReader } from "./responses-stream.ts";

/** OpenAI's Responses API over HTTP streaming. Nothing is stored there: reasoning comes back encrypted and is sent again. */
export const createResponsesStream = (choice: RemoteChoice, transport: Transport): Model["stream"] => {
  const wire: Wire = {
    transport,
    choice,
    path: "responses",
    optional: optionalResponsesParameters,
    rejected: new Set(),
  };
  return async (request, onDelta, signal) => {
    const opened = await openStream(wire, () => responsesBody(request, choice, wire.rejected), signal);
    if (!opened.ok) return { type: "failed", failure: opened.failure };
    return readStream(opened.response, createResponsesReader(choice, onDelta), choice);
  };
};
