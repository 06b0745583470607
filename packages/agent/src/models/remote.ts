import type { Model, ModelFailure } from "../model.ts";
import { type Contact, createStream, type WireFormat } from "./exchange.ts";
import { plainFailure } from "./failure.ts";
import { createTransport } from "./http.ts";
import type { RemoteChoice, WireApi } from "./provider.ts";
import { defaultRetryLimits, type RetryLimits } from "./retry.ts";

const wireOf = async (wireApi: WireApi): Promise<WireFormat> => {
  switch (wireApi) {
    case "chat":
      return (await import("./chat.ts")).chatWire;
    case "anthropic":
      return (await import("./anthropic.ts")).anthropicWire;
    case "gemini":
      return (await import("./gemini.ts")).geminiWire;
    case "responses":
      return (await import("./responses.ts")).responsesWire;
  }
};

/** The model behind a choice. Only the wire that it speaks is loaded, and that with the first request. */
export const createRemoteModel = (choice: RemoteChoice): Model => {
  const transport = createTransport();
  const contact: Contact = { met: false };
  const { wireApi, websocket, compaction } = choice.provider;
  let loaded: Promise<Model["stream"]> | undefined;
  const load = async (): Promise<Model["stream"]> => {
    const overHttp = createStream(await wireOf(wireApi), choice, transport, contact);
    if (websocket !== true || wireApi !== "responses") return overHttp;
    return (await import("./responses-socket.ts")).createSocketStream(choice, overHttp, contact);
  };
  // The contract: never throw. What arrives here is a bug of ours or of the caller's listener.
  const bug = (error: unknown): { type: "failed"; failure: ModelFailure } => {
    const message = `the model client failed: ${error instanceof Error ? error.message : String(error)}`;
    return { type: "failed", failure: plainFailure(choice, "internal", false, message) };
  };
  const compact: NonNullable<Model["compact"]> = async (request, signal) => {
    try {
      const { createCompact } = await import("./responses-compact.ts");
      return await createCompact({ choice, transport, contact })(request, signal);
    } catch (error) {
      return bug(error);
    }
  };
  return {
    info: choice.info,
    ...(compaction === true && wireApi === "responses" ? { compact } : {}),
    body: async (request) => (await wireOf(wireApi)).body(request, choice, new Set()),
    async stream(request, onDelta, signal) {
      try {
        loaded ??= load();
        const stream = await loaded;
        return await stream(request, onDelta, signal);
      } catch (error) {
        return bug(error);
      }
    },
  };
};

/** The limits for `decideRetry` that this provider's configuration asks for. */
export const retryLimitsOf = ({ provider }: RemoteChoice): RetryLimits => {
  const most = provider.requestMaxRetries;
  const requests = most === undefined ? {} : { requestRetries: most, networkRetries: most, serverRetries: most };
  return { ...defaultRetryLimits, ...requests, streamRetries: provider.streamMaxRetries };
};
