import type { OutputPart, Usage } from "@fettle/protocol";
import * as z from "zod/mini";
import type { ModelDelta, ModelOutcome } from "../model.ts";
import { createCallCollector } from "./chat-calls.ts";
import { type EventReader, errorIn, malformed, parseEvent } from "./exchange.ts";
import { failureOfError, plainFailure } from "./failure.ts";
import { count } from "./lenient.ts";
import type { RemoteChoice } from "./provider.ts";

/* Reads the chunks of Chat Completions, with the liberties that local servers take. */

const usageObject = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.nullish(z.object({ cached_tokens: count, cache_write_tokens: count })),
  completion_tokens_details: z.nullish(z.object({ reasoning_tokens: count })),
});

const usageOf = (given: z.infer<typeof usageObject> | undefined): Usage => ({
  input_tokens: given?.prompt_tokens ?? 0,
  cached_input_tokens: given?.prompt_tokens_details?.cached_tokens ?? 0,
  cache_write_input_tokens: given?.prompt_tokens_details?.cache_write_tokens ?? 0,
  output_tokens: given?.completion_tokens ?? 0,
  reasoning_output_tokens: given?.completion_tokens_details?.reasoning_tokens ?? 0,
});

/** Looked at by hand, field by field: this is the hot path. `message` stands where a server does not stream. */
type Chunk = {
  readonly id?: unknown;
  readonly error?: unknown;
  readonly usage?: unknown;
  readonly choices?: unknown;
};
type Choice = {
  readonly index?: unknown;
  readonly delta?: unknown;
  readonly message?: unknown;
  readonly finish_reason?: unknown;
};
type Delta = {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
  readonly tool_calls?: unknown;
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const stringOf = (value: unknown): string => (typeof value === "string" ? value : "");

const textParts = z.array(z.object({ text: z.optional(z.string()) }));
/** Text, or a list of parts with text. */
const contentText = (value: unknown): string => {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  const parsed = textParts.safeParse(value);
  return parsed.success ? parsed.data.map((part) => part.text ?? "").join("") : "";
};

type State = {
  text: string;
  reasoning: string;
  refusal: string;
  responseId: string;
  /** The last one given. */
  finish: string;
  usage: z.infer<typeof usageObject> | undefined;
};

const complete = (state: State, calls: OutputPart[], choice: RemoteChoice): ModelOutcome => {
  if (state.finish === "content_filter") {
    const message = `${choice.provider.name} stopped the answer by its content filter`;
    return { type: "failed", failure: plainFailure(choice, "refused", false, message) };
  }
  if (state.refusal !== "" && state.text === "" && calls.length === 0) {
    return { type: "failed", failure: plainFailure(choice, "refused", false, `the model refused: ${state.refusal}`) };
  }
  const reasoning: OutputPart[] = state.reasoning === "" ? [] : [{ type: "reasoning", text: state.reasoning }];
  const text: OutputPart[] = state.text === "" ? [] : [{ type: "text", text: state.text }];
  return {
    type: "completed",
    output: [...reasoning, ...text, ...calls],
    usage: usageOf(state.usage),
    ...(state.responseId === "" ? {} : { responseId: state.responseId }),
    stop: isCut(state.finish) ? "length" : "done",
  };
};

const isCut = (finish: string): boolean => finish === "length" || finish === "max_tokens";

/** A reader for one answer. */
export const createChatReader = (choice: RemoteChoice, onDelta: (delta: ModelDelta) => void): EventReader => {
  const calls = createCallCollector();
  const state: State = { text: "", reasoning: "", refusal: "", responseId: "", finish: "", usage: undefined };
  let begun = false;
  const outcome = (): ModelOutcome => complete(state, calls.finish(isCut(state.finish)), choice);

  const takeDelta = (delta: Delta): ModelOutcome | undefined => {
    const reasoning = stringOf(delta.reasoning_content) || stringOf(delta.reasoning);
    if (reasoning !== "") {
      state.reasoning += reasoning;
      onDelta({ type: "reasoning", text: reasoning });
    }
    const text = contentText(delta.content);
    if (text !== "") {
      state.text += text;
      onDelta({ type: "text", text });
    }
    state.refusal += stringOf(delta.refusal);
    const given = delta.tool_calls;
    if (given === undefined || given === null || calls.add(given)) return undefined;
    return malformed(choice, "a tool call that cannot be read");
  };

  const takeChunk = (chunk: Chunk): ModelOutcome | undefined => {
    if (chunk.error !== undefined && chunk.error !== null) {
      return { type: "failed", failure: failureOfError(errorIn(chunk) ?? { message: "" }, choice) };
    }
    if (state.responseId === "") state.responseId = stringOf(chunk.id);
    if (isObject(chunk.usage)) {
      const parsed = usageObject.safeParse(chunk.usage);
      if (parsed.success) state.usage = parsed.data;
    }
    const first: unknown = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
    if (!isObject(first)) return undefined;
    const { index, delta, message, finish_reason } = first as Choice;
    // Of several answers, which nobody asked for, the first is the answer.
    if (typeof index === "number" && index !== 0) return undefined;
    // Some servers tell the whole message once more at the end of the stream.
    const part = delta ?? (begun ? undefined : message);
    begun ||= isObject(part);
    const failed = isObject(part) ? takeDelta(part as Delta) : undefined;
    if (typeof finish_reason === "string" && finish_reason !== "") state.finish = finish_reason;
    return failed;
  };

  return {
    onEvent(name, data) {
      if (data === "[DONE]") return outcome();
      const json = parseEvent(data, choice);
      if (!json.ok) return json.outcome;
      if (!isObject(json.value)) return malformed(choice, "an event that is no object");
      if (name === "error") {
        const error = errorIn(json.value) ?? { message: data };
        return { type: "failed", failure: failureOfError(error, choice) };
      }
      return takeChunk(json.value);
    },
    isWhole: () => state.finish !== "",
    onEnd: () =>
      state.finish === "" ? malformed(choice, "a stream that ended before its answer was complete") : outcome(),
  };
};
