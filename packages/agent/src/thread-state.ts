import type { LoggedEvent, ThreadEvent } from "@fettle/protocol";
import { isTransient } from "@fettle/protocol";
import { type Conversation, createConversation } from "./conversation.ts";
import { type ThreadFacts, threadFacts } from "./interrupted.ts";
import type { EventRedaction } from "./redact/redact-event.ts";
import type { ThreadLog } from "./thread/types.ts";

/** A thread's log with everything that is folded from it, kept in step. */
export type ThreadState = {
  readonly log: ThreadLog;
  readonly conversation: Conversation;
  readonly facts: ThreadFacts;
  readonly events: readonly LoggedEvent[];
  /** The model's last words in this process. */
  readonly lastMessage: string;
  emit(event: ThreadEvent): void;
  notice(message: string): void;
};

export const createThreadState = (
  log: ThreadLog,
  stored: readonly LoggedEvent[],
  onEvent: (event: ThreadEvent) => void,
  redact: EventRedaction,
): ThreadState => {
  const conversation = createConversation();
  const facts = threadFacts();
  const events: LoggedEvent[] = [];
  let lastMessage = "";

  const take = (event: LoggedEvent): void => {
    conversation.add(event);
    facts.add(event);
    events.push(event);
  };
  for (const event of stored) take(event);

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
    events,
    get lastMessage() {
      return lastMessage;
    },
    emit,
    notice: (message) => emit({ type: "item.completed", item: { id: facts.nextItemId(), type: "error", message } }),
  };
};
