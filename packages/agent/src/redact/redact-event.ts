import { StringDecoder } from "node:string_decoder";
import type { ThreadEvent, ThreadItem } from "@fettle/protocol";
import type { Redaction, Redactor } from "./redactor.ts";

/**
 * Fields that hold no free text: names of ours, ids, places that are opened again, and what a provider wants back as it
 * was. All others are looked through, so that a field which is added later is covered.
 */
const structural = new Set(
  `type id item_id call_id after_item thread_id response_id seq at tree from_tree to_tree status kind role source standing
  origin sandbox run protocol code by choice choices level model version name freeform url encrypted seal signature images cwd
  output_path screenshot signal message_id from effort parent event sha256`.split(/\s+/),
);

const redactValue = <T>(value: T, redaction: Redaction): T => {
  if (typeof value === "string") return redaction.text(value) as T & string;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((entry: unknown) => redactValue(entry, redaction)) as T & unknown[];
  const entries = Object.entries(value).map(([key, field]) => [
    key,
    structural.has(key) ? field : redactValue<unknown>(field, redaction),
  ]);
  const result = Object.fromEntries(entries) as Record<string, unknown>;
  // A signature over other words than these would make the provider refuse every later request.
  const { seal, text } = value as { seal?: unknown; text?: unknown };
  if (seal === "signed" && result.text !== text) delete result.encrypted;
  return result as T;
};

/** An item as it may be shown to somebody who is asked about it. */
export const redactItem = <T extends ThreadItem>(item: T, redaction: Redaction | null): T =>
  redaction === null ? item : redactValue(item, redaction);

/** Live text comes in pieces: each item's is one stream. What is held back of it comes with the completed item. */
const createLiveText = (redaction: Redaction) => {
  const streams = new Map<string, { redactor: Redactor; decoder: StringDecoder }>();
  return {
    add(id: string, delta: string): string {
      const stream = streams.get(id) ?? { redactor: redaction.stream(), decoder: new StringDecoder("utf8") };
      streams.set(id, stream);
      return stream.decoder.write(stream.redactor.push(Buffer.from(delta, "utf8")));
    },
    close: (id: string): void => void streams.delete(id),
  };
};

/** The event as it may be stored, shown and sent to the model. */
export type EventRedaction = (event: ThreadEvent) => ThreadEvent;

export const createEventRedaction = (redaction: Redaction | null): EventRedaction => {
  if (redaction === null) return (event) => event;
  const live = createLiveText(redaction);
  return (event) => {
    if (event.type === "item.delta") return { ...event, delta: live.add(event.item_id, event.delta) };
    if (event.type === "item.completed") live.close(event.item.id);
    return redactValue(event, redaction);
  };
};
