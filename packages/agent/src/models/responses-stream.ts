import type { OutputPart, Usage } from "@fettle/protocol";
import * as z from "zod/mini";
import type { ModelDelta, ModelOutcome } from "../model.ts";
import { type EventReader, errorIn, malformed, parseEvent } from "./exchange.ts";
import { failureOfError, plainFailure } from "./failure.ts";
import { count, id } from "./lenient.ts";
import type { RemoteChoice } from "./provider.ts";

/* Reads the events of the Responses API. Only finished items count; deltas are shown and forgotten. */

/** The count of tokens as the API tells it. */
export const usageObject = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.nullish(z.object({ cached_tokens: count, cache_write_tokens: count })),
  output_tokens_details: z.nullish(z.object({ reasoning_tokens: count })),
});
const responseObject = z.object({
  id,
  output: z.nullish(z.array(z.unknown())),
  usage: z.catch(z.nullish(usageObject), undefined),
  error: z.nullish(z.unknown()),
  incomplete_details: z.nullish(z.object({ reason: z.nullish(z.string()) })),
});
const finalEvent = z.object({ response: responseObject });
const itemEvent = z.object({ output_index: z.optional(z.number()), item: z.unknown() });

const texts = z.array(z.object({ type: z.string(), text: z.optional(z.string()), refusal: z.optional(z.string()) }));
const status = z.nullish(z.string());
const outputItem = z.discriminatedUnion("type", [
  z.object({ type: z.literal("message"), id, content: texts }),
  z.object({
    type: z.literal("reasoning"),
    id,
    summary: z.nullish(texts),
    content: z.nullish(texts),
    encrypted_content: z.nullish(z.string()),
  }),
  z.object({
    type: z.literal("function_call"),
    id,
    status,
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({
    type: z.literal("custom_tool_call"),
    id,
    status,
    call_id: z.string(),
    name: z.string(),
    input: z.string(),
  }),
]);
const knownTypes = new Set(["message", "reasoning", "function_call", "custom_tool_call"]);
const typed = z.object({ type: z.string() });

type Taken = { readonly parts: OutputPart[]; readonly refusal: string };

/** Undefined: not an item of the API. An unknown kind gives no parts. */
const takeItem = (value: unknown): Taken | undefined => {
  const kind = typed.safeParse(value);
  if (!kind.success) return undefined;
  if (!knownTypes.has(kind.data.type)) return { parts: [], refusal: "" };
  const parsed = outputItem.safeParse(value);
  if (!parsed.success) return undefined;
  const item = parsed.data;
  const named = typeof item.id === "string" && item.id !== "" ? { id: item.id } : {};
  if (item.type === "message") {
    const text = item.content.map((part) => part.text ?? "").join("");
    const refusal = item.content.map((part) => part.refusal ?? "").join("");
    return { parts: text === "" ? [] : [{ type: "text", text, ...named }], refusal };
  }
  if (item.type === "reasoning") {
    const written = (item.summary ?? []).length > 0 ? item.summary : item.content;
    const text = (written ?? []).map((part) => part.text ?? "").join("\n\n");
    const encrypted = item.encrypted_content ?? undefined;
    return {
      parts: [{ type: "reasoning", text, ...named, ...(encrypted === undefined ? {} : { encrypted }) }],
      refusal: "",
    };
  }
  // A call that the output limit cut in two must not run.
  if (item.status === "incomplete") return { parts: [], refusal: "" };
  const { call_id, name } = item;
  const call = { type: "call" as const, call_id, name, ...named };
  if (item.type === "custom_tool_call")
    return { parts: [{ ...call, arguments: item.input, freeform: true }], refusal: "" };
  return { parts: [{ ...call, arguments: item.arguments === "" ? "{}" : item.arguments }], refusal: "" };
};

/** The same as ours; what is missing counts as none. */
export const usageOf = (given: z.infer<typeof usageObject> | null | undefined): Usage => ({
  input_tokens: given?.input_tokens ?? 0,
  cached_input_tokens: given?.input_tokens_details?.cached_tokens ?? 0,
  cache_write_input_tokens: given?.input_tokens_details?.cache_write_tokens ?? 0,
  output_tokens: given?.output_tokens ?? 0,
  reasoning_output_tokens: given?.output_tokens_details?.reasoning_tokens ?? 0,
});

/** Frequent or large events whose content comes again with the finished item: not even parsed. */
const skipped = new Set([
  "response.created",
  "response.in_progress",
  "response.queued",
  "response.output_item.added",
  "response.content_part.added",
  "response.content_part.done",
  "response.output_text.done",
  "response.function_call_arguments.delta",
  "response.function_call_arguments.done",
  "response.custom_tool_call_input.delta",
  "response.custom_tool_call_input.done",
  "response.reasoning_summary_text.done",
  "response.reasoning_text.done",
  "keepalive",
]);

type Collected = { readonly index: number; readonly told: string; readonly taken: Taken };

const finish = (type: string, value: unknown, collected: Collected[], choice: RemoteChoice): ModelOutcome => {
  const parsed = finalEvent.safeParse(value);
  if (!parsed.success) return malformed(choice, `a ${type} event without a response`);
  const { response } = parsed.data;
  if (type === "response.failed") {
    const error = errorIn({ error: response.error }) ?? { message: "" };
    return { type: "failed", failure: failureOfError(error, choice) };
  }
  const reason = response.incomplete_details?.reason ?? "";
  if (reason === "content_filter") {
    const message = `${choice.provider.name} stopped the answer by its content filter`;
    return { type: "failed", failure: plainFailure(choice, "refused", false, message) };
  }
  let items = collected.toSorted((a, b) => a.index - b.index).map((entry) => entry.taken);
  if (items.length === 0) {
    // Some servers give the items only here.
    const late = (response.output ?? []).map(takeItem);
    if (late.includes(undefined)) return malformed(choice, "an output item that cannot be read");
    items = late.filter((item) => item !== undefined);
  }
  const output = items.flatMap((item) => item.parts);
  const refusal = items.map((item) => item.refusal).join("");
  if (refusal !== "" && !output.some((part) => part.type !== "reasoning")) {
    return { type: "failed", failure: plainFailure(choice, "refused", false, `the model refused: ${refusal}`) };
  }
  if (refusal !== "") output.push({ type: "text", text: refusal });
  return {
    type: "completed",
    output,
    usage: usageOf(response.usage),
    ...(response.id === null || response.id === undefined ? {} : { responseId: response.id }),
    stop: type === "response.incomplete" ? "length" : "done",
  };
};

type DeltaEvent = { readonly type?: unknown; readonly delta?: unknown };

/** A reader for one answer. Deltas are checked by hand: they are the hot path. */
export const createResponsesReader = (choice: RemoteChoice, onDelta: (delta: ModelDelta) => void): EventReader => {
  const collected: Collected[] = [];
  let summarised = false;
  return {
    onEvent(name, data) {
      if (skipped.has(name) || data === "[DONE]") return undefined;
      const json = parseEvent(data, choice);
      if (!json.ok) return json.outcome;
      if (typeof json.value !== "object" || json.value === null) return malformed(choice, "an event that is no object");
      const event = json.value as DeltaEvent;
      switch (event.type) {
        case "response.output_text.delta":
          if (typeof event.delta === "string") onDelta({ type: "text", text: event.delta });
          return undefined;
        case "response.reasoning_summary_text.delta":
        case "response.reasoning_text.delta":
          if (typeof event.delta === "string") onDelta({ type: "reasoning", text: event.delta });
          return undefined;
        case "response.reasoning_summary_part.added":
          if (summarised) onDelta({ type: "reasoning", text: "\n\n" });
          summarised = true;
          return undefined;
        case "response.output_item.done": {
          const parsed = itemEvent.safeParse(event);
          const taken = parsed.success ? takeItem(parsed.data.item) : undefined;
          if (!parsed.success || taken === undefined) return malformed(choice, "an output item that cannot be read");
          const index = parsed.data.output_index ?? collected.length;
          const told = JSON.stringify(parsed.data.item);
          // A stream that was taken up again on the way may tell an item twice.
          if (!collected.some((entry) => entry.index === index && entry.told === told))
            collected.push({ index, told, taken });
          return undefined;
        }
        case "response.completed":
        case "response.incomplete":
        case "response.failed":
          return finish(event.type, event, collected, choice);
        case "error":
        case undefined: {
          const error = errorIn(event) ?? (name === "error" ? { message: data } : undefined);
          return error === undefined
            ? undefined
            : { type: "failed", failure: failureOfError(withCode(event, error), choice) };
        }
        default:
          return undefined;
      }
    },
    onEnd: () => malformed(choice, "a stream that ended before its answer was complete"),
  };
};

const flatError = z.object({ code: z.nullish(z.string()) });

/** The API's own `error` event is flat: its code stands beside its message. */
const withCode = (event: unknown, error: { message: string; code?: string; type?: string }) => {
  const code = flatError.safeParse(event);
  return error.code === undefined && code.success && code.data.code ? { ...error, code: code.data.code } : error;
};
