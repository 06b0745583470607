import type { Model } from "../model.ts";
import { plainFailure } from "./failure.ts";
import { createTransport } from "./http.ts";
import type { RemoteChoice } from "./provider.ts";
import { defaultRetryLimits, type RetryLimits } from "./retry.ts";

/** The model behind a choice. Only the wire that it speaks is loaded, and that with the first request. */
export const createRemoteModel = (choice: RemoteChoice): Model => {
  const transport = createTransport();
  let loaded: Promise<Model["stream"]> | undefined;
  const load = async (): Promise<Model["stream"]> => {
    if (choice.provider.wireApi === "chat") return (await import("./chat.ts")).createChatStream(choice, transport);
    return (await import("./responses.ts")).createResponsesStream(choice, transport);
  };
  return {
    info: choice.info,
    async body(request) {
      if (choice.provider.wireApi === "chat")
        return (await import("./chat-request.ts")).chatBody(request, choice, new Set());
      return (await import("./responses-request.ts")).responsesBody(request, choice, new Set());
    },
    async stream(request, onDelta, signal) {
      try {
        loaded ??= load();
        const stream = await loaded;
        return await stream(request, onDelta, signal);
      } catch (error) {
        // The contract: never throw. What arrives here is a bug of ours or of the caller's listener.
        const message = `the model client failed: ${error instanceof Error ? error.message : String(error)}`;
        return { type: "failed", failure: plainFailure(choice, "internal", false, message) };
      }
    },
  };
};

/** The limits for `decideRetry` that this provider's configuration asks for. */
export const retryLimitsOf = (choice: RemoteChoice): RetryLimits => ({
  ...defaultRetryLimits,
  requestRetries: choice.provider.requestMaxRetries,
  streamRetries: choice.provider.streamMaxRetries,
});
