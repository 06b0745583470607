import type { LoggedEvent, ThreadEvent, ThreadItem, ToolCallPart } from "@fettle/protocol";

/** What a thread must know of its past besides the conversation. A fold over the log. */
export type ThreadFacts = {
  add(event: LoggedEvent): void;
  nextItemId(): string;
  /** Turns begun and not taken back. */
  turns(): number;
  /** What the model was last told of its surroundings. */
  surroundings(): string | null;
  /** Items that began and never ended. */
  openItems(): ThreadItem[];
  /** Whether the last turn has neither completed nor failed. */
  turnIsOpen(): boolean;
  /** Whether this message of another process was taken, also by a turn that was taken back. */
  tookMessage(id: string): boolean;
  /** Whether no rewind has taken this event back. */
  isLive(seq: number): boolean;
  /** The events that no rewind has taken back. */
  live(events: readonly LoggedEvent[]): LoggedEvent[];
};

export const threadFacts = (): ThreadFacts => {
  let items = 0;
  let turnStarts: number[] = [];
  let told: { seq: number; text: string }[] = [];
  let turnOpen = false;
  const open = new Map<string, ThreadItem>();
  const messages = new Set<string>();
  let dropped: { from: number; to: number }[] = [];
  const isLive = (seq: number): boolean => !dropped.some(({ from, to }) => seq >= from && seq < to);

  return {
    add(event) {
      switch (event.type) {
        case "turn.started":
          turnStarts.push(event.seq);
          turnOpen = true;
          break;
        case "turn.completed":
        case "turn.failed":
          turnOpen = false;
          break;
        case "input.added":
          if (event.role === "developer" && event.told === undefined && event.content[0]?.type === "text")
            told.push({ seq: event.seq, text: event.content[0].text });
          break;
        case "item.started":
        case "item.updated":
          open.set(event.item.id, event.item);
          items = Math.max(items, numberOf(event.item.id) + 1);
          break;
        case "item.completed":
          open.delete(event.item.id);
          if (event.item.type === "user_message" && event.item.message_id !== undefined)
            messages.add(event.item.message_id);
          items = Math.max(items, numberOf(event.item.id) + 1);
          break;
        case "thread.rewound":
          turnStarts = turnStarts.filter((seq) => seq < event.to_seq);
          told = told.filter(({ seq }) => seq < event.to_seq);
          dropped = [...dropped, { from: event.to_seq, to: event.seq }];
          break;
        default:
      }
    },
    nextItemId: () => `item_${items++}`,
    turns: () => turnStarts.length,
    surroundings: () => told.at(-1)?.text ?? null,
    openItems: () => [...open.values()],
    turnIsOpen: () => turnOpen,
    tookMessage: (id) => messages.has(id),
    isLive,
    live: (events) => (dropped.length === 0 ? [...events] : events.filter(({ seq }) => isLive(seq))),
  };
};

const numberOf = (id: string): number => {
  const match = /^item_(\d+)$/.exec(id);
  return match === null ? -1 : Number(match[1]);
};

const stopped = "fettle was stopped before this finished";

const ended = (item: ThreadItem): ThreadItem => {
  if (item.type === "approval")
    return { ...item, status: "completed", answer: { choice: "no", by: "nobody", message: stopped } };
  if (item.type === "mcp_tool_call") return { ...item, status: "failed", error: { message: stopped } };
  return item.type === "command_execution" ||
    item.type === "tool_call" ||
    item.type === "agent" ||
    item.type === "web_fetch" ||
    item.type === "browser"
    ? { ...item, status: "failed", error: stopped }
    : item;
};

/**
 * What must be added to a log whose writer died in the middle of a turn, so that every item, call and turn has an
 * end and the model knows which of its calls have no result. Nothing is run again.
 */
export const repairEvents = (facts: ThreadFacts, unanswered: readonly ToolCallPart[]): ThreadEvent[] => {
  const repairs: ThreadEvent[] = facts.openItems().map((item) => ({ type: "item.completed", item: ended(item) }));
  for (const call of unanswered)
    repairs.push({
      type: "tool.completed",
      call_id: call.call_id,
      name: call.name,
      content: [
        { type: "text", text: `${stopped}; it may have run in part. Look at the state of things before you go on.` },
      ],
      ...(call.freeform === undefined ? {} : { freeform: call.freeform }),
    });
  if (facts.turnIsOpen())
    repairs.push({
      type: "turn.failed",
      error: { message: "fettle was stopped during this turn", code: "interrupted" },
    });
  return repairs;
};
