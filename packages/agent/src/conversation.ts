import type { InputItem, LoggedEvent, ThreadEvent, ToolCallPart } from "@fettle/protocol";

/**
 * The model's input as a fold over the log. Adding events only ever appends to `input`, so each request extends the
 * last one; only a rewind shortens it.
 */
export type Conversation = {
  readonly input: readonly InputItem[];
  add(event: LoggedEvent): void;
  /** Calls of the model that no result answers: what a killed process was in the middle of. */
  unanswered(): ToolCallPart[];
  /** `user_message` items that were accepted and not yet handed to the model: steers, or a killed turn's input. */
  undelivered(): { itemId: string; text: string; images: readonly string[] }[];
};

type Entry = { seq: number; item: InputItem };
type Waiting = { seq: number; text: string; images: readonly string[] };

/** What an event adds to the model's input, if anything. */
export const inputItemOf = (event: ThreadEvent): InputItem | null => {
  switch (event.type) {
    case "input.added":
      return { type: "message", role: event.role, content: event.content };
    case "model.completed":
      return { type: "output", model: event.model, parts: event.output };
    case "tool.completed":
      return {
        type: "result",
        call_id: event.call_id,
        name: event.name,
        content: event.content,
        ...(event.freeform === undefined ? {} : { freeform: event.freeform }),
      };
    default:
      return null;
  }
};

export const createConversation = (events: Iterable<LoggedEvent> = []): Conversation => {
  const entries: Entry[] = [];
  const input: InputItem[] = [];
  const waiting = new Map<string, Waiting>();

  const rewind = (toSeq: number): void => {
    const keep = entries.findIndex((entry) => entry.seq >= toSeq);
    if (keep >= 0) entries.length = input.length = keep;
    for (const [id, message] of waiting) if (message.seq >= toSeq) waiting.delete(id);
  };

  const add = (event: LoggedEvent): void => {
    if (event.type === "thread.rewound") {
      rewind(event.to_seq);
      return;
    }
    if (event.type === "item.completed" && event.item.type === "user_message") {
      const { id, text, images } = event.item;
      waiting.set(id, { seq: event.seq, text, images: images ?? [] });
      return;
    }
    if (event.type === "input.added" && event.item_id !== undefined) waiting.delete(event.item_id);
    const item = inputItemOf(event);
    if (item === null) return;
    entries.push({ seq: event.seq, item });
    input.push(item);
  };
  for (const event of events) add(event);

  return {
    input,
    add,
    unanswered() {
      const open = new Map<string, ToolCallPart>();
      for (const item of input) {
        if (item.type === "result") open.delete(item.call_id);
        if (item.type !== "output") continue;
        for (const part of item.parts) if (part.type === "call") open.set(part.call_id, part);
      }
      return [...open.values()];
    },
    undelivered: () => [...waiting].map(([itemId, { text, images }]) => ({ itemId, text, images })),
  };
};
