import type { ContentPart, UserMessageItem } from "@fettle/protocol";
import { readImage } from "./images.ts";
import type { Skill } from "./skills/load.ts";
import { skillMessages } from "./skills/tell.ts";
import { claimMessage, type Message, readMessages, removeMessage, unclaimMessage } from "./thread/inbox.ts";
import type { ThreadState } from "./thread-state.ts";

/* How a person's words reach the model: they are accepted into the log first, and delivered with a later model call. */

/** Words with their pictures as the model gets them. */
export const messageContent = (text: string, images: readonly string[]): ContentPart[] => {
  const content: ContentPart[] = [{ type: "text", text }];
  for (const path of images) {
    const image = readImage(path, { base: "/" });
    content.push(
      image.ok ? { type: "image", url: image.url } : { type: "text", text: `[picture not sent: ${image.message}]` },
    );
  }
  return content;
};

type Words = {
  readonly text: string;
  readonly source: UserMessageItem["source"];
  readonly images: readonly string[];
  readonly messageId?: string;
};

/** Puts the words in the log, where they are safe; they reach the model at its next call. */
export const accept = (state: ThreadState, { text, source, images, messageId }: Words): void => {
  const item = { id: state.facts.nextItemId(), type: "user_message" as const, text, source, images: [...images] };
  const message = messageId === undefined ? {} : { message_id: messageId };
  state.emit({ type: "item.completed", item: { ...item, ...message } });
  state.log.sync();
  if (messageId !== undefined) removeMessage(state.log.path, messageId);
};

/** What lies in the inbox and was not taken; a file that outlived its taking goes. */
const untaken = (state: ThreadState): Message[] =>
  readMessages(state.log.path).filter(({ id }) => {
    const taken = state.facts.tookMessage(id);
    if (taken) removeMessage(state.log.path, id);
    return !taken;
  });

/** Words that wait for the next model call. Takes nothing. */
export const waitingSteers = (state: ThreadState): { text: string; images: readonly string[] }[] =>
  state.events.length === 0
    ? []
    : readMessages(state.log.path).flatMap(({ id, text, at }) =>
        at === "turn" || state.facts.tookMessage(id) ? [] : [{ text, images: [] }],
      );

/**
 * Accepts what was left in the inbox for the next model call, all but the message that is a turn's own input (`own`).
 * `queued`: also what waits for the next turn.
 */
export const takeSteers = (
  state: ThreadState,
  { own, queued }: { own?: string | undefined; queued: boolean },
): void => {
  for (const { id, text, at } of untaken(state))
    if ((queued || at === "call") && id !== own && claimMessage(state.log.path, id))
      accept(state, { text, source: "steer", images: [], messageId: id });
};

/** Hands the words that wait to the model's input, after the skills that they name; says whether there were any. */
export const deliverInput = (state: ThreadState, skills: readonly Skill[]): boolean => {
  takeSteers(state, { queued: false });
  const waiting = state.conversation.undelivered();
  for (const { itemId, text, source, images } of waiting) {
    for (const message of skillMessages({ text, source }, skills, state.told)) state.emit(message);
    state.emit({ type: "input.added", role: "user", content: messageContent(text, images), item_id: itemId });
  }
  return waiting.length > 0;
};

/** The oldest message that no turn has taken. It stays where it is until a turn accepts it, but cannot be taken back any more. */
export const nextMessage = (state: ThreadState): { text: string; messageId: string } | null => {
  const first = untaken(state).find(({ id }) => claimMessage(state.log.path, id));
  return first === undefined ? null : { text: first.text, messageId: first.id };
};

/** After a turn that did not come to accept its own message: it waits again, and can be taken back. */
export const giveBack = (state: ThreadState, messageId: string | undefined): void => {
  if (messageId !== undefined && !state.facts.tookMessage(messageId)) unclaimMessage(state.log.path, messageId);
};
