import type { ThreadEvent, ThreadItem } from "@fettle/protocol";
import { coloursFor } from "../../render/colours.ts";
import { plainText } from "../../render/plain-text.ts";
import { progressLines } from "../../render/progress.ts";
import { wrapped } from "../../render/wrapped.ts";
import type { Row, ViewRows, ViewSettings } from "../contract.ts";

/* The plainest views of a transcript: each item as text, once it is complete; what the model says as it comes. */

type Entry = { readonly id: string; words: string; done: boolean };
export type Transcript = { readonly entries: Entry[]; readonly byId: Map<string, Entry> };

export const emptyTranscript = (): Transcript => ({ entries: [], byId: new Map() });

const entryOf = (transcript: Transcript, id: string): Entry => {
  const found = transcript.byId.get(id);
  if (found !== undefined) return found;
  const entry = { id, words: "", done: false };
  transcript.entries.push(entry);
  transcript.byId.set(id, entry);
  return entry;
};

const without = coloursFor({});

const nameOf = (item: ThreadItem): string => {
  if (item.type === "command_execution") return `… $ ${item.command}`;
  if (item.type === "mcp_tool_call") return `… ${item.server} ${item.tool}`;
  return item.type === "agent" ? `… ${item.name}: ${item.task}` : "";
};

/** Takes an event in. */
export const addEvent = (transcript: Transcript, event: ThreadEvent): Transcript => {
  if (event.type === "item.delta") {
    if (event.kind !== "reasoning") entryOf(transcript, event.item_id).words += event.delta;
    return transcript;
  }
  if (event.type === "item.started" || event.type === "item.updated") {
    const entry = entryOf(transcript, event.item.id);
    if (entry.words === "") entry.words = nameOf(event.item);
    return transcript;
  }
  if (event.type === "item.completed") {
    const entry = entryOf(transcript, event.item.id);
    const { item } = event;
    entry.done = true;
    const heard = item.type === "user_message" && item.source !== "harness";
    entry.words = heard ? `> ${item.text}` : (progressLines(event, without) ?? "");
    if (item.type === "agent_message") entry.words = item.text;
    return transcript;
  }
  const words = progressLines(event, without);
  const line = event.type === "turn.completed" ? null : words;
  if (line !== null) transcript.entries.push({ id: "", words: line, done: true });
  // Whatever the turn left open is over.
  if (event.type === "turn.completed" || event.type === "turn.failed")
    for (const entry of transcript.entries) entry.done = true;
  return transcript;
};

const rowsOf = ({ words }: Entry, columns: number): Row[] =>
  words === "" ? [] : [...wrapped(plainText(words), columns, { first: "", next: "", atBlanks: true }).split("\n"), ""];

/** The rows of what is settled from the entry `from` on, and of what is not. */
export const viewRows = (transcript: Transcript, from: number, settings: ViewSettings): ViewRows => {
  const { entries } = transcript;
  let until = from;
  while (entries[until]?.done === true) until++;
  const rows = (some: readonly Entry[]): Row[] => some.flatMap((entry) => rowsOf(entry, settings.columns));
  return { settled: rows(entries.slice(from, until)), settledEntries: until, live: rows(entries.slice(until)) };
};
