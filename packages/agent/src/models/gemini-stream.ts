import type { OutputPart, Usage } from "@fettle/protocol";
import * as z from "zod/mini";
import type { ModelDelta, ModelOutcome } from "../model.ts";
import { type EventReader, errorIn, malformed, parseEvent } from "./exchange.ts";
import { failureOfError, plainFailure } from "./failure.ts";
import { count, id } from "./lenient.ts";
import type { RemoteChoice } from "./provider.ts";

/* Reads the chunks of a Gemini stream. Each holds whole parts; texts go on from chunk to chunk. */

const usageObject = z.object({
  promptTokenCount: count,
  toolUsePromptTokenCount: count,
  cachedContentTokenCount: count,
  candidatesTokenCount: count,
  thoughtsTokenCount: count,
});
type GivenUsage = z.infer<typeof usageObject>;

const part = z.object({
  text: z.nullish(z.string()),
  thought: z.nullish(z.boolean()),
  thoughtSignature: z.nullish(z.string()),
  functionCall: z.nullish(
    z.object({
      id: z.nullish(z.string()),
      name: z.string(),
      args: z.nullish(z.record(z.string(), z.unknown())),
    }),
  ),
});
type Part = z.infer<typeof part>;
const candidate = z.object({
  index: z.catch(z.nullish(z.number()), undefined),
  content: z.nullish(z.object({ parts: z.nullish(z.array(part)) })),
  finishReason: z.nullish(z.string()),
  finishMessage: z.nullish(z.string()),
});
const chunkObject = z.object({
  candidates: z.nullish(z.array(candidate)),
  usageMetadata: z.catch(z.nullish(usageObject), undefined),
  responseId: id,
  promptFeedback: z.nullish(
    z.object({ blockReason: z.nullish(z.string()), blockReasonMessage: z.nullish(z.string()) }),
  ),
});
type Chunk = z.infer<typeof chunkObject>;

/** Thoughts are counted apart from the answer; we count them as a part of it. */
const usageOf = (given: GivenUsage | undefined): Usage => {
  const thoughts = given?.thoughtsTokenCount ?? 0;
  return {
    input_tokens: (given?.promptTokenCount ?? 0) + (given?.toolUsePromptTokenCount ?? 0),
    cached_input_tokens: given?.cachedContentTokenCount ?? 0,
    cache_write_input_tokens: 0,
    output_tokens: (given?.candidatesTokenCount ?? 0) + thoughts,
    reasoning_output_tokens: thoughts,
  };
};

/** Whether the text of a chunk goes on with this part: what carries a signature must stay as it came. */
const isOpen = (last: OutputPart | undefined, type: "text" | "reasoning"): last is OutputPart & { type: typeof type } =>
  last?.type === type && (last.type === "text" ? last.signature === undefined : last.encrypted === undefined);

const callOf = ({ functionCall, thoughtSignature }: Part): OutputPart[] => {
  if (functionCall === null || functionCall === undefined) return [];
  const { id, name, args } = functionCall;
  const named = id === null || id === undefined || id === "" ? undefined : id;
  return [
    {
      type: "call",
      call_id: named ?? `call_${crypto.randomUUID().replaceAll("-", "")}`,
      name,
      arguments: JSON.stringify(args ?? {}),
      ...(named === undefined ? {} : { id: named }),
      ...(thoughtSignature ? { signature: thoughtSignature } : {}),
    },
  ];
};

const addText = (output: OutputPart[], given: Part): void => {
  const text = given.text ?? "";
  const signature = given.thoughtSignature ?? "";
  const type = given.thought === true ? "reasoning" : "text";
  if (text === "" && signature === "") return;
  const last = output.at(-1);
  if (signature === "" && isOpen(last, type)) {
    output[output.length - 1] = { ...last, text: last.text + text };
  } else if (type === "reasoning") {
    output.push({ type, text, ...(signature === "" ? {} : { encrypted: signature, seal: "signed" }) });
  } else {
    output.push({ type, text, ...(signature === "" ? {} : { signature }) });
  }
};

/** The model went wrong in a way that it may not the next time. */
const mishaps = new Set([
  "MALFORMED_FUNCTION_CALL",
  "MALFORMED_RESPONSE",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MISSING_THOUGHT_SIGNATURE",
  "OTHER",
  "FINISH_REASON_UNSPECIFIED",
]);

type State = {
  readonly output: OutputPart[];
  finish: string;
  /** What the service says about the end. */
  reason: string;
  blocked: string;
  responseId: string;
  usage: GivenUsage | undefined;
};

const complete = (state: State, choice: RemoteChoice): ModelOutcome => {
  const { finish, blocked } = state;
  const { name } = choice.provider;
  const why = state.reason === "" ? "" : `: ${state.reason}`;
  if (blocked !== "") {
    return {
      type: "failed",
      failure: plainFailure(choice, "refused", false, `${name} blocked the prompt (${blocked})${why}`),
    };
  }
  if (mishaps.has(finish)) return malformed(choice, `an answer that went wrong (${finish})${why}`);
  if (finish !== "STOP" && finish !== "MAX_TOKENS") {
    const message = `${name} stopped the answer by its content filter (${finish})${why}`;
    return { type: "failed", failure: plainFailure(choice, "refused", false, message) };
  }
  return {
    type: "completed",
    output: state.output,
    usage: usageOf(state.usage),
    ...(state.responseId === "" ? {} : { responseId: state.responseId }),
    stop: finish === "MAX_TOKENS" ? "length" : "done",
  };
};

/** A reader for one answer. */
export const createGeminiReader = (choice: RemoteChoice, onDelta: (delta: ModelDelta) => void): EventReader => {
  const state: State = { output: [], finish: "", reason: "", blocked: "", responseId: "", usage: undefined };

  const takePart = (given: Part): void => {
    const call = callOf(given);
    if (call.length > 0) {
      state.output.push(...call);
      return;
    }
    addText(state.output, given);
    if (given.text) onDelta({ type: given.thought === true ? "reasoning" : "text", text: given.text });
  };

  const takeChunk = (chunk: Chunk): void => {
    if (state.responseId === "") state.responseId = chunk.responseId ?? "";
    state.usage = chunk.usageMetadata ?? state.usage;
    state.blocked = chunk.promptFeedback?.blockReason ?? state.blocked;
    // Of several answers, which nobody asked for, the first is the answer.
    const first = chunk.candidates?.find(({ index }) => (index ?? 0) === 0);
    state.reason = first?.finishMessage ?? chunk.promptFeedback?.blockReasonMessage ?? state.reason;
    for (const given of first?.content?.parts ?? []) takePart(given);
    state.finish = first?.finishReason ?? state.finish;
  };

  const ended = (): boolean => state.finish !== "" || state.blocked !== "";
  return {
    onEvent(name, data) {
      if (data === "[DONE]") return ended() ? complete(state, choice) : undefined;
      const json = parseEvent(data, choice);
      if (!json.ok) return json.outcome;
      const error = errorIn(json.value) ?? (name === "error" ? { message: data } : undefined);
      if (error !== undefined) return { type: "failed", failure: failureOfError(error, choice) };
      const parsed = chunkObject.safeParse(json.value);
      if (!parsed.success) return malformed(choice, "a chunk that cannot be read");
      takeChunk(parsed.data);
      return undefined;
    },
    isWhole: ended,
    onEnd: () =>
      ended() ? complete(state, choice) : malformed(choice, "a stream that ended before its answer was complete"),
  };
};
