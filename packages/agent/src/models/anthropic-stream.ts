import type { OutputPart, Usage } from "@fettle/protocol";
import * as z from "zod/mini";
import type { ModelDelta, ModelOutcome } from "../model.ts";
import { type EventReader, errorIn, isJson, malformed, parseEvent } from "./exchange.ts";
import { failureOfError, plainFailure } from "./failure.ts";
import { count, id } from "./lenient.ts";
import type { RemoteChoice } from "./provider.ts";

/* Reads the events of the Messages API: blocks that open, grow and close, then why it stopped and what it cost. */

const usageObject = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  output_tokens_details: z.nullish(z.object({ thinking_tokens: count })),
});
type GivenUsage = z.infer<typeof usageObject>;

const string = z.optional(z.string());
const block = z.object({
  type: z.string(),
  text: string,
  thinking: string,
  signature: string,
  data: string,
  id: string,
  name: string,
  input: z.optional(z.unknown()),
});
type Block = z.infer<typeof block>;
const blockStart = z.object({ index: z.number(), content_block: block });
const stop = z.object({
  stop_reason: z.nullish(z.string()),
  stop_details: z.nullish(z.object({ category: z.nullish(z.string()), explanation: z.nullish(z.string()) })),
});
const counts = z.catch(z.nullish(usageObject), undefined);
const messageStart = z.object({ message: z.object({ id, usage: counts }) });
const messageDelta = z.object({ delta: stop, usage: counts });
/** What a server that does not stream answers with. */
const wholeMessage = z.object({
  ...stop.shape,
  id,
  content: z.array(block),
  usage: counts,
});

type State = {
  readonly blocks: Map<number, { readonly block: Block; json: string }>;
  responseId: string;
  stop: z.infer<typeof stop>;
  usage: GivenUsage;
};

/** Later counts are sums up to there: those that are given replace those before. */
const addUsage = (state: State, given: GivenUsage | null | undefined): void => {
  const known = Object.entries(given ?? {}).filter(([, value]) => value !== null && value !== undefined);
  state.usage = { ...state.usage, ...(Object.fromEntries(known) as GivenUsage) };
};

/** The API counts what was cached apart from the input; we count it as a part of it. */
const usageOf = (given: GivenUsage): Usage => {
  const cached = given.cache_read_input_tokens ?? 0;
  const written = given.cache_creation_input_tokens ?? 0;
  return {
    input_tokens: (given.input_tokens ?? 0) + cached + written,
    cached_input_tokens: cached,
    cache_write_input_tokens: written,
    output_tokens: given.output_tokens ?? 0,
    reasoning_output_tokens: given.output_tokens_details?.thinking_tokens ?? 0,
  };
};

/** Kinds that only the service's own tools make give nothing. A call that was cut in two must not run. */
const partOf = ({ block: given, json }: { block: Block; json: string }, cut: boolean): OutputPart[] => {
  const { type, text = "", thinking = "", signature, data, id, name } = given;
  if (type === "text") return text === "" ? [] : [{ type: "text", text }];
  if (type === "thinking") {
    const sealed = signature === undefined || signature === "" ? {} : { encrypted: signature, seal: "signed" as const };
    return [{ type: "reasoning", text: thinking, ...sealed }];
  }
  if (type === "redacted_thinking" && data !== undefined) {
    return [{ type: "reasoning", text: "", encrypted: data, seal: "opaque" }];
  }
  if (type !== "tool_use" || id === undefined || name === undefined) return [];
  const written = json === "" ? JSON.stringify(given.input ?? {}) : json;
  if (cut && !isJson(written)) return [];
  return [{ type: "call", call_id: id, name, arguments: written }];
};

const finish = (state: State, choice: RemoteChoice): ModelOutcome => {
  const { stop_reason, stop_details } = state.stop;
  const { name } = choice.provider;
  if (stop_reason === "refusal") {
    const why = stop_details?.explanation ?? stop_details?.category;
    const message = `${name} refused${why === null || why === undefined ? "" : `: ${why}`}`;
    return { type: "failed", failure: plainFailure(choice, "refused", false, message) };
  }
  if (stop_reason === "model_context_window_exceeded") {
    const message = `the conversation filled ${choice.info.id}'s context while it was answering`;
    return { type: "failed", failure: plainFailure(choice, "context_overflow", false, message) };
  }
  // `pause_turn` comes only where the service runs tools of its own: the answer is not whole either.
  const cut = stop_reason === "max_tokens" || stop_reason === "pause_turn";
  const blocks = [...state.blocks].toSorted(([a], [b]) => a - b).map(([, open]) => open);
  return {
    type: "completed",
    output: blocks.flatMap((open) => partOf(open, cut)),
    usage: usageOf(state.usage),
    ...(state.responseId === "" ? {} : { responseId: state.responseId }),
    stop: cut ? "length" : "done",
  };
};

/** Looked at by hand, field by field: this is the hot path. */
type Delta = {
  readonly text?: unknown;
  readonly thinking?: unknown;
  readonly signature?: unknown;
  readonly partial_json?: unknown;
};
type Event = { readonly type?: unknown; readonly index?: unknown; readonly delta?: unknown };

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const takeDelta = (state: State, event: Event, onDelta: (delta: ModelDelta) => void): void => {
  const open = typeof event.index === "number" ? state.blocks.get(event.index) : undefined;
  if (open === undefined || !isObject(event.delta)) return;
  const { text, thinking, signature, partial_json } = event.delta as Delta;
  const { block: given } = open;
  if (typeof text === "string") {
    given.text = (given.text ?? "") + text;
    onDelta({ type: "text", text });
  }
  if (typeof thinking === "string") {
    given.thinking = (given.thinking ?? "") + thinking;
    if (thinking !== "") onDelta({ type: "reasoning", text: thinking });
  }
  if (typeof signature === "string") given.signature = (given.signature ?? "") + signature;
  if (typeof partial_json === "string") open.json += partial_json;
};

/** A reader for one answer. */
export const createAnthropicReader = (choice: RemoteChoice, onDelta: (delta: ModelDelta) => void): EventReader => {
  const state: State = { blocks: new Map(), responseId: "", stop: {}, usage: {} };

  const takeWhole = (value: unknown): ModelOutcome => {
    const parsed = wholeMessage.safeParse(value);
    if (!parsed.success) return malformed(choice, "a message that cannot be read");
    const { id, content, usage } = parsed.data;
    for (const [index, given] of content.entries()) state.blocks.set(index, { block: given, json: "" });
    state.responseId = id ?? "";
    state.stop = parsed.data;
    addUsage(state, usage);
    return finish(state, choice);
  };

  const takeEvent = (event: Event, data: string): ModelOutcome | undefined => {
    switch (event.type) {
      case "content_block_delta":
        takeDelta(state, event, onDelta);
        return undefined;
      case "content_block_start": {
        const parsed = blockStart.safeParse(event);
        if (!parsed.success) return malformed(choice, "a block that cannot be read");
        state.blocks.set(parsed.data.index, { block: parsed.data.content_block, json: "" });
        return undefined;
      }
      case "message_start": {
        const parsed = messageStart.safeParse(event);
        if (!parsed.success) return malformed(choice, "a beginning that cannot be read");
        state.responseId = parsed.data.message.id ?? "";
        addUsage(state, parsed.data.message.usage);
        return undefined;
      }
      case "message_delta": {
        const parsed = messageDelta.safeParse(event);
        if (!parsed.success) return malformed(choice, "an end that cannot be read");
        state.stop = parsed.data.delta;
        addUsage(state, parsed.data.usage);
        return undefined;
      }
      case "message_stop":
        return finish(state, choice);
      case "message":
        return takeWhole(event);
      case "error":
        return { type: "failed", failure: failureOfError(errorIn(event) ?? { message: data }, choice) };
      default: {
        const error = event.type === undefined ? errorIn(event) : undefined;
        return error === undefined ? undefined : { type: "failed", failure: failureOfError(error, choice) };
      }
    }
  };

  const ended = (): boolean => typeof state.stop.stop_reason === "string";
  return {
    onEvent(name, data) {
      if (name === "ping" || name === "content_block_stop") return undefined;
      const json = parseEvent(data, choice);
      if (!json.ok) return json.outcome;
      return isObject(json.value) ? takeEvent(json.value, data) : malformed(choice, "an event that is no object");
    },
    isWhole: ended,
    onEnd: () =>
      ended() ? finish(state, choice) : malformed(choice, "a stream that ended before its answer was complete"),
  };
};
