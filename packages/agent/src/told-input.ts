import type { ContentPart, InputItem } from "@fettle/protocol";
import { inputItemOf } from "./conversation.ts";
import type { NestedPlaces } from "./instruction-files/load.ts";
import { createNestedTeller } from "./instruction-files/nested.ts";
import { repairEvents } from "./interrupted.ts";
import type { ModelRequest } from "./model.ts";
import type { Redaction } from "./redact/redactor.ts";
import type { Skill } from "./skills/load.ts";
import { skillMessages } from "./skills/tell.ts";
import type { ThreadState } from "./thread-state.ts";
import { deliverInput, messageContent, waitingSteers } from "./user-input.ts";

/* What is told to the model besides its own answers and their results: surroundings, files, and people's words. */

/** What there is to tell, as a thread was set up. */
type Tellable = {
  readonly surroundings: string;
  readonly redaction: Redaction | null;
  readonly nested?: NestedPlaces | null;
  readonly skills?: readonly Skill[];
};
type Words = { readonly text: string; readonly images: readonly string[] };

export const redactText = (setup: Pick<Tellable, "redaction">, text: string): string =>
  setup.redaction?.text(text) ?? text;

const redacted = (setup: Tellable, content: readonly ContentPart[]): ContentPart[] =>
  content.map((part) => (part.type === "text" ? { ...part, text: redactText(setup, part.text) } : part));

export const surroundingsMessage = (text: string): InputItem & { type: "message" } => ({
  type: "message",
  role: "developer",
  content: [{ type: "text", text }],
});

/** Tells what the next model call has to know; says whether there were words of a person among it. */
export const createDelivery = (state: ThreadState, setup: Tellable): (() => boolean) => {
  const tellNested = createNestedTeller(state, setup.nested ?? null);
  return () => {
    tellNested();
    return deliverInput(state, setup.skills ?? []);
  };
};

/** What the model would be told: what is in the log, what a repair would add, and the new words. */
const previewInput = (state: ThreadState, setup: Tellable, input: Words): InputItem[] => {
  const mended = repairEvents(state.facts, state.conversation.unanswered()).map(inputItemOf);
  const told = state.facts.surroundings() === setup.surroundings;
  const given = [...state.conversation.undelivered(), ...waitingSteers(state), input];
  const words = given
    .filter(({ text, images }) => text !== "" || images.length > 0)
    .flatMap((message): InputItem[] => {
      const text = redactText(setup, message.text);
      const skills = skillMessages(message, setup.skills ?? [], state.told);
      return [
        ...skills.map(({ role, content }): InputItem => ({ type: "message", role, content: redacted(setup, content) })),
        { type: "message", role: "user", content: messageContent(text, message.images) },
      ];
    });
  const added = [...mended.filter((item) => item !== null), ...(told ? [] : [surroundingsMessage(setup.surroundings)])];
  return [...state.conversation.input, ...added, ...words];
};

/** The request that the next model call would make, with the words that begin its turn. Changes nothing. */
export const previewed = (request: ModelRequest, state: ThreadState, setup: Tellable, input: Words): ModelRequest => ({
  ...request,
  input: previewInput(state, setup, input),
});
