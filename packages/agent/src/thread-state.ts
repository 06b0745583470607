import type { LoggedEvent, ThreadEvent } from "@fettle/protocol";
import { isTransient } from "@fettle/protocol";
import type { Counted } from "./compaction/tokens.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import { createToldFiles, type ToldFiles } from "./instruction-files/told-files.ts";
import { type ThreadFacts, threadFacts } from "./interrupted.ts";
import type { EventRedaction } from "./redact/redact-event.ts";
import { createSpending, type Spending } from "./spending.ts";
import { slim, stillCounts } from "./thread/slim.ts";
import type { ThreadLog } from "./thread/types.ts";

/** A thread's log with everything that is folded from it, kept in step. */
export type ThreadState = {
  readonly log: ThreadLog;
  readonly conversation: Conversation;
  readonly facts: ThreadFacts;
  readonly told: ToldFiles;
  readonly spending: Pick<Spending, "turn" | "models">;
  /** Of those before the last compaction only what still counts, without what is said at length. */
  readonly events: readonly LoggedEvent[];
  /** The last model call as its provider counted it; null when the input is another one since. */
  readonly counted: Counted | null;
  /** The model's last words in this process. */
  readonly lastMessage: string;
  emit(event: ThreadEvent): void;
  notice(message: string): void;
};

/** `events` are the stored ones, which are handed over: they are added to, and shortened. */
export const createThreadState = (
  log: ThreadLog,
  events: LoggedEvent[],
  onEvent: (event: ThreadEvent) => void,
  redact: EventRedaction,
): ThreadState => {
  const conversation = createConversation();
  const facts = threadFacts();
  const told = createToldFiles();
  const spending = createSpending();
  let counted: Counted | null = null;
  let lastMessage = "";
  /** So many of the events are what is left of those before the last compaction. */
  let old = 0;

  const shortenUntil = (seq: number): void => {
    let count = old;
    for (const event of events.splice(old)) {
      const past = event.seq < seq;
      if (past && !stillCounts(event)) continue;
      events.push(past ? slim(event) : event);
      if (past) count += 1;
    }
    old = count;
  };

  const follow = (event: LoggedEvent): void => {
    if (event.type === "model.completed") counted = { usage: event.usage, items: conversation.input.length };
    if (event.type === "thread.compacted" || event.type === "thread.rewound") counted = null;
    conversation.add(event);
    if (event.type === "thread.compacted") shortenUntil(event.kept_from);
  };
  const note = (event: LoggedEvent): void => {
    facts.add(event);
    told.add(event);
    spending.add(event);
  };
  const take = (event: LoggedEvent): void => {
    note(event);
    events.push(event);
    follow(event);
  };
  events.forEach(note);
  // Only now it is known what was taken back; a compaction among it must not be followed.
  for (const event of facts.live(events)) follow(event);

  const emit = (raw: ThreadEvent): void => {
    const event = redact(raw);
    if (!isTransient(event)) take(log.append(event));
    if (event.type === "turn.started") lastMessage = "";
    if (event.type === "item.completed" && event.item.type === "agent_message") lastMessage = event.item.text;
    onEvent(event);
  };
  return {
    log,
    conversation,
    facts,
    told,
    spending,
    events,
    get counted() {
      return counted;
    },
    get lastMessage() {
      return lastMessage;
    },
    emit,
    notice: (message) => emit({ type: "item.completed", item: { id: facts.nextItemId(), type: "error", message } }),
  };
};
