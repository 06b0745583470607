import type { ContentPart, InputItem, ToolCallPart } from "@fettle/protocol";
import { tellsFiles } from "../../instruction-files/openings.ts";

/*
 * The conversation as the offline engine reads it: turns, each with the user's words and the steps that were taken.
 */

/** One answer of ours that called tools, with the results in the order of its calls. */
export type RecordedStep = {
  readonly calls: readonly { readonly name: string; readonly args: string }[];
  /** An empty text where no result came. */
  readonly results: readonly string[];
};

export type Turn = {
  /** The words that began it. */
  readonly prompt: string;
  /** Words given while it ran, or after it was cut off, that only add to it. */
  readonly hints: readonly string[];
  readonly steps: readonly RecordedStep[];
};

type Conversation = {
  readonly turns: readonly Turn[];
  /** What the harness said of the surroundings, AGENTS.md included. */
  readonly surroundings: string;
  /** Calls made so far; the next call's number. */
  readonly calls: number;
};

const textOf = (content: readonly ContentPart[]): string =>
  content.map((part) => (part.type === "text" ? part.text : "[image]")).join("\n");

const stepOf = (calls: readonly ToolCallPart[], results: ReadonlyMap<string, string>): RecordedStep => ({
  calls: calls.map(({ name, arguments: args }) => ({ name, args })),
  results: calls.map((call) => results.get(call.call_id) ?? ""),
});

/**
 * Reads the model's input. `isHint` says whether words that arrive before their turn has ended only add to it; any
 * other words begin a new turn.
 */
export const readConversation = (input: readonly InputItem[], isHint: (text: string) => boolean): Conversation => {
  const results = new Map<string, string>();
  for (const item of input) if (item.type === "result") results.set(item.call_id, textOf(item.content));
  const turns: { prompt: string; hints: string[]; steps: RecordedStep[] }[] = [];
  const surroundings: string[] = [];
  let calls = 0;
  let ended = true;
  for (const item of input) {
    if (item.type === "message" && item.role === "developer") {
      const text = textOf(item.content);
      // What is told in the middle of a turn must not change what was decided before it.
      if (!tellsFiles(text)) surroundings.push(text);
    }
    if (item.type === "message" && item.role === "user") {
      const text = textOf(item.content);
      const current = turns.at(-1);
      if (current !== undefined && !ended && isHint(text)) current.hints.push(text);
      else turns.push({ prompt: text, hints: [], steps: [] });
      ended = false;
    }
    if (item.type !== "output") continue;
    const made = item.parts.filter((part) => part.type === "call");
    calls += made.length;
    ended = made.length === 0;
    if (!ended) turns.at(-1)?.steps.push(stepOf(made, results));
  }
  return { turns, surroundings: surroundings.join("\n\n"), calls };
};
