import * as z from "zod/mini";
import type { CompactOutcome, Model } from "../model.ts";
import { type Line, maxDocumentBytes, post } from "./exchange.ts";
import { failureOfFault, plainFailure } from "./failure.ts";
import { endpoint, type RemoteChoice } from "./provider.ts";
import { compactBody } from "./responses-request.ts";
import { usageObject, usageOf } from "./responses-stream.ts";

/*
 * The Responses API's own compaction: it answers with the input that goes on from a conversation, some messages as they
 * were and an encrypted item for all the rest.
 */

const compacted = z.object({
  output: z.array(z.record(z.string(), z.unknown())),
  usage: z.catch(z.nullish(usageObject), undefined),
});
const seal = z.object({ type: z.literal("compaction"), encrypted_content: z.string().check(z.minLength(1)) });
const isSeal = (item: unknown): boolean => seal.safeParse(item).success;

/** What the harness said stands in the conversation anyway; an older checkpoint among it must not come back. */
const told = z.object({ type: z.literal("message"), role: z.enum(["developer", "system"]) });
const isTold = (item: unknown): boolean => told.safeParse(item).success;

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const readAnswer = (text: string, choice: RemoteChoice): CompactOutcome => {
  const parsed = compacted.safeParse(readJson(text));
  if (!parsed.success || !parsed.data.output.some(isSeal)) {
    const message = `${choice.provider.name} sent a compacted conversation that cannot be read`;
    return { type: "failed", failure: plainFailure(choice, "bad_response", false, message) };
  }
  const { output, usage } = parsed.data;
  const { provider, id: model } = choice.info;
  const encrypted = output.filter((item) => !isTold(item)).map((item) => JSON.stringify(item));
  return { type: "compacted", sealed: { provider, model, encrypted }, usage: usageOf(usage) };
};

/** `Model.compact` over `POST /responses/compact`. */
export const createCompact =
  (line: Line): NonNullable<Model["compact"]> =>
  async (request, signal) => {
    const { choice } = line;
    const url = endpoint(choice.provider, "responses/compact");
    const opened = await post(line, { url, accept: "application/json", body: compactBody(request, choice) }, signal);
    if (!opened.ok) {
      const { failure, refusal } = opened;
      if (refusal?.status !== 404 && refusal?.status !== 405) return { type: "failed", failure };
      const message = `${choice.provider.name} has no responses/compact (${refusal.status}); supports_compaction = false says so`;
      return { type: "failed", failure: plainFailure(choice, "bad_request", false, message) };
    }
    const text = await opened.response.text(maxDocumentBytes, choice.provider.streamIdleTimeoutMs);
    if (signal.aborted) return { type: "failed", failure: failureOfFault({ kind: "aborted" }, choice) };
    return readAnswer(text, choice);
  };
