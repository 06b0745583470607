import type { Answer, Question } from "@fettle/agent";
import type { ApprovalChoice } from "@fettle/protocol";
import { editable, edited } from "../../approvals/edit-proposal.ts";
import { rulesIn } from "../../render/approval.ts";
import type { Key, Keymap } from "../contract.ts";
import { type Doc, docOf, emptyDoc, textOf } from "./doc.ts";
import { fieldKey } from "./field.ts";

/*
 * Questions that wait for an answer, beside what is being typed. Their keys count only while nothing is typed, or after
 * the key that goes to them; whatever else is pressed belongs to the editor.
 */

/** What the first question waits for. */
export type Stage =
  | { readonly kind: "choose" }
  /** Words to the model, or an answer for a server. */
  | { readonly kind: "word"; readonly choice: "once" | "no"; readonly field: Doc }
  /** What `always` writes, a part at a time: `kept` are those that were gone through. */
  | {
      readonly kind: "proposal";
      readonly parts: readonly string[];
      readonly kept: readonly string[];
      readonly at: number;
      readonly field: Doc;
    };

export type Answering = {
  /** One after another; the first is the one that is shown. */
  readonly waiting: readonly Question[];
  /** A person went to it: its keys count whatever is typed. */
  readonly focused: boolean;
  readonly stage: Stage;
  /** How many of its rows are above what is shown. */
  readonly scrolled: number;
  /** Words that were typed for it and not sent: they are there again when one goes back to them. */
  readonly words: Doc;
};

export const nothingAsked: Answering = {
  waiting: [],
  focused: false,
  stage: { kind: "choose" },
  scrolled: 0,
  words: emptyDoc,
};

/** Words typed for the first question, for the editor when that is withdrawn: nothing typed is lost. */
export const unsentWords = ({ stage, words }: Answering): string => textOf(stage.kind === "word" ? stage.field : words);

/** A question more, or the same one put anew. */
export const asked = (state: Answering, question: Question): Answering => {
  const index = state.waiting.findIndex(({ id }) => id === question.id);
  return index < 0
    ? { ...state, waiting: [...state.waiting, question] }
    : { ...withdrawn(state, question.id), waiting: state.waiting.with(index, question) };
};

/** A question that nobody needs to answer any more. */
export const withdrawn = (state: Answering, id: string): Answering => {
  const waiting = state.waiting.filter((question) => question.id !== id);
  return state.waiting[0]?.id === id ? { ...nothingAsked, waiting } : { ...state, waiting };
};

/** How things stand with the editor. */
export type InputState = {
  /** Nothing is typed. */
  readonly empty: boolean;
  /** False for a moment after a question came up, in which a letter was meant for the editor. */
  readonly ready: boolean;
  readonly keymap: Keymap;
};

export type Answered = { readonly id: string; readonly answer: Answer };

export type AnswerStep = {
  readonly state: Answering;
  /** False: the key is the editor's. */
  readonly used: boolean;
  readonly answered?: Answered;
  /** Words that were typed for a question and not sent, now that it is answered otherwise: they belong into the editor. */
  readonly unsent?: string;
};

const letters: Readonly<Record<string, ApprovalChoice>> = { o: "once", t: "thread", a: "always", n: "no" };

const unused = (state: Answering): AnswerStep => ({ state, used: false });
const used = (state: Answering): AnswerStep => ({ state, used: true });

const answeredWith = (state: Answering, { id }: Question, answer: Answer): AnswerStep => {
  const unsent = state.stage.kind === "word" ? "" : textOf(state.words);
  return {
    state: { ...nothingAsked, waiting: state.waiting.slice(1) },
    used: true,
    answered: { id, answer },
    ...(unsent === "" ? {} : { unsent }),
  };
};

const choose = (state: Answering, question: Question, choice: ApprovalChoice): AnswerStep => {
  const inStage = (stage: Stage): AnswerStep => used({ ...state, focused: true, stage });
  if (choice === "no" || (choice === "once" && question.subject.kind === "elicitation"))
    return inStage({ kind: "word", choice, field: state.words });
  if (choice !== "always") return answeredWith(state, question, { choice, by: "person" });
  const proposal = question.proposal ?? "";
  // A rule for a tool has nothing in it to change.
  if (question.subject.kind === "tool" || proposal === "")
    return answeredWith(state, question, { choice, by: "person", proposal });
  const parts = rulesIn(proposal);
  return inStage({ kind: "proposal", parts, kept: [], at: 0, field: docOf(editable(parts[0] ?? "")) });
};

const choosingKey = (state: Answering, question: Question, key: Key, input: InputState): AnswerStep => {
  if (input.keymap.action(key, "app") === "question") return used({ ...state, focused: !state.focused });
  if (!state.focused && !(input.empty && input.ready)) return unused(state);
  if (key.name === "pagedown") return used({ ...state, scrolled: state.scrolled + pageRows });
  if (key.name === "pageup") return used({ ...state, scrolled: Math.max(0, state.scrolled - pageRows) });
  if (key.name === "escape" && state.focused) return used({ ...state, focused: false });
  // What was pasted is no decision.
  const choice = key.ctrl || key.alt || key.name === "paste" ? undefined : letters[key.text.toLowerCase()];
  if (choice !== undefined && question.choices.includes(choice)) return choose(state, question, choice);
  // Any other key goes on with the text, and what follows it does too.
  return unused(key.text === "" ? state : { ...state, focused: false });
};

const pageRows = 5;

/** Enter on what was typed. */
const entered = (state: Answering, question: Question): AnswerStep => {
  const { stage } = state;
  if (stage.kind === "choose") return unused(state);
  const line = textOf(stage.field);
  if (stage.kind === "word") {
    const message = line.trim();
    return answeredWith(state, question, {
      choice: stage.choice,
      by: "person",
      ...(message === "" ? {} : { message }),
    });
  }
  const changed = edited(stage.parts[stage.at] ?? "", line);
  const kept = changed === null ? stage.kept : [...stage.kept, changed];
  const next = stage.parts[stage.at + 1];
  if (next !== undefined)
    return used({ ...state, stage: { ...stage, kept, at: stage.at + 1, field: docOf(editable(next)) } });
  // Nothing is left of it: that is no answer.
  if (kept.length === 0) return used({ ...state, stage: { kind: "choose" } });
  return answeredWith(state, question, { choice: "always", by: "person", proposal: kept.join("\n") });
};

/** A key while questions wait. */
export const questionKey = (state: Answering, key: Key, input: InputState): AnswerStep => {
  const [question] = state.waiting;
  if (question === undefined || key.name === "focus" || key.name === "blur") return unused(state);
  const { stage } = state;
  if (stage.kind === "choose") return choosingKey(state, question, key, input);
  if (
    key.name === "escape" ||
    input.keymap.action(key, "editor") === "discard" ||
    input.keymap.action(key, "app") === "question"
  )
    return used({ ...nothingAsked, waiting: state.waiting, words: stage.kind === "word" ? stage.field : state.words });
  if (input.keymap.action(key, "editor") === "submit") return entered(state, question);
  const field = fieldKey(stage.field, key, input.keymap);
  return field === null ? unused(state) : used({ ...state, stage: { ...stage, field } });
};
