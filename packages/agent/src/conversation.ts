import type { EventOf, InputItem, LoggedEvent, ThreadEvent, ToolCallPart } from "@fettle/protocol";

/**
 * The model's input as a fold over the log. Adding events only ever appends to `input`, so each request extends the
 * last one; only a rewind shortens it, and a compaction puts a checkpoint in the place of its beginning.
 */
export type Conversation = {
  readonly input: readonly InputItem[];
  /** The same with the number of the event that each came from. */
  readonly entries: readonly Entry[];
  add(event: LoggedEvent): void;
  /** Calls of the model that no result answers: what a killed process was in the middle of. */
  unanswered(): ToolCallPart[];
  /** `user_message` items that were accepted and not yet handed to the model: steers, or a killed turn's input. */
  undelivered(): { itemId: string; text: string; images: readonly string[] }[];
};

/** `seq` is that of the event; a checkpoint stands before all that it keeps. */
export type Entry = { readonly seq: number; readonly item: InputItem };
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

/** What the model reads in the place of what gave way. Each wire leaves out what another model's provider sealed. */
export const standIns = ({
  checkpoint,
  sealed,
}: Pick<EventOf<"thread.compacted">, "checkpoint" | "sealed">): InputItem[] => [
  ...(sealed === undefined ? [] : [{ type: "sealed" as const, ...sealed }]),
  { type: "message", role: "developer", content: [{ type: "text", text: checkpoint }] },
];

const isTold = ({ item }: Entry): boolean => item.type === "message" && item.role === "developer";

/** The surroundings were told first of all and stay there, so that the prompt's beginning stays what it was. */
const compact = (entries: readonly Entry[], event: EventOf<"thread.compacted">): Entry[] => {
  const surroundings = entries.findLast((entry) => isTold(entry) && entry.seq >= 0 && entry.seq < event.kept_from);
  const kept = entries.filter((entry) => entry.seq >= event.kept_from);
  const instead = standIns(event).map((item) => ({ seq: -1, item }));
  return [...(surroundings ? [surroundings] : []), ...instead, ...kept];
};

/** Events that a rewind has taken back must be left out already, where they lie before the last compaction. */
export const createConversation = (events: Iterable<LoggedEvent> = []): Conversation => {
  let entries: Entry[] = [];
  let input: InputItem[] = [];
  let compactedAt = -1;
  const waiting = new Map<string, Waiting>();

  const replace = (next: Entry[]): void => {
    entries = next;
    input = next.map(({ item }) => item);
  };

  const rewind = (toSeq: number): void => {
    if (entries.some(({ seq }) => seq >= toSeq)) {
      if (toSeq <= compactedAt) throw new Error("a rewind to before a compaction needs the thread to be opened anew");
      replace(entries.filter(({ seq }) => seq < toSeq));
    }
    for (const [id, message] of waiting) if (message.seq >= toSeq) waiting.delete(id);
  };

  const add = (event: LoggedEvent): void => {
    if (event.type === "thread.rewound") {
      rewind(event.to_seq);
      return;
    }
    if (event.type === "thread.compacted") {
      compactedAt = event.seq;
      replace(compact(entries, event));
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
    get input() {
      return input;
    },
    get entries() {
      return entries;
    },
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
