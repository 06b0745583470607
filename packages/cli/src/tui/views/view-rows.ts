import type { Entry, OpenItem, OpenText, Transcript } from "@fettle/protocol";
import type { ViewRows, ViewSettings } from "../contract.ts";
import { mark, type ViewFor } from "./depth.ts";
import { entryLines, type Group, groupOf, isApart, openLines } from "./entry.ts";
import { planLines } from "./items/plan.ts";
import { textLines } from "./items/words.ts";
import { type MessagePlace, messageLines, messageStart, restLines } from "./markdown/message.ts";
import { paintAll } from "./paint.ts";
import { append, columnsFor, cutLine, type Line, lineOf, span } from "./spans.ts";

/* A transcript as rows: those that go into the terminal's scrollback, once and for good, and those below that change. */

/** How far a transcript was written. */
export type WrittenPlace = {
  readonly entries: number;
  readonly group: Group;
  /** What of the message after those entries was written while it still came. */
  readonly message: WrittenPart | null;
};

/** `id` null: the next message of the same answer, for all its parts come as one stream. */
type WrittenPart = { readonly id: string | null; readonly written: string; readonly place: MessagePlace };

export const nothingWritten: WrittenPlace = { entries: 0, group: "start", message: null };

/** For how long an item runs, in milliseconds; null when that is not known. */
export type Elapsed = (itemId: string) => number | null;

/** The text of an entry of which a part may be on the screen; null for another entry. */
const textOf = (entry: Entry, { id }: WrittenPart): string | null =>
  entry.kind === "item" && entry.item.type === "agent_message" && (id === null || entry.item.id === id)
    ? entry.item.text
    : null;

/** Whether what was written of a message that has not ended still belongs to one. */
const comesStill = ({ message, running }: Transcript, { id, written }: WrittenPart): boolean =>
  id === null ? message === null && running !== null : message?.id === id && message.text.startsWith(written);

const brokenOff = (settings: ViewFor): Line[] => [
  cutLine(
    [mark("stopped", settings), span(" the answer above broke off and does not count", "dim")],
    columnsFor(settings),
  ),
];

type Writing = { lines: Line[]; place: WrittenPlace };

const writeEntries = (transcript: Transcript, settings: ViewFor, from: WrittenPlace): Writing => {
  const lines: Line[] = [];
  let { group, message } = from;
  const breakOff = (): void => {
    append(lines, brokenOff(settings));
    message = null;
  };
  for (const entry of transcript.entries.slice(from.entries)) {
    if (message !== null) {
      const text = textOf(entry, message);
      const { written, place } = message;
      if (text !== null && written.length > text.length && written.startsWith(text)) {
        message = { id: null, written: written.slice(text.length), place: { ...place, at: place.at - text.length } };
        continue;
      }
      if (text?.startsWith(written) !== true) breakOff();
    }
    const shown = entryLines(entry, settings, message?.place);
    if (message === null && shown.length > 0 && isApart(group, groupOf(entry))) lines.push([]);
    append(lines, shown);
    if (shown.length > 0) group = groupOf(entry);
    message = null;
  }
  if (message !== null && !comesStill(transcript, message)) breakOff();
  return { lines, place: { entries: transcript.entries.length, group, message } };
};

/** The blocks of the message on its way that have ended. */
const writeMessage = ({ id, text }: OpenText, settings: ViewFor, from: WrittenPlace): Writing => {
  const before = from.message?.place ?? messageStart;
  const { lines, place } = messageLines(text, before, false, columnsFor(settings), settings);
  // What begins without a row, such as a fence, is read again with its first one.
  if (lines.length === 0) return { lines: [], place: from };
  const apart = from.message === null && isApart(from.group, "words");
  const message = { id, written: text.slice(0, place.at), place };
  return { lines: apart ? [[], ...lines] : lines, place: { ...from, group: "words", message } };
};

/** Thinking shows its last words only: it is there to see that something goes on. */
const thoughtLines = ({ text }: OpenText, settings: ViewFor): Line[] => {
  if (settings.depth === "brief") return [];
  const lines = textLines(text.slice(-2000), "comment").slice(settings.depth === "full" ? -6 : -1);
  return lines.map((line) => cutLine([span("  "), ...line], columnsFor(settings)));
};

const currentStep = (transcript: Transcript, settings: ViewFor): Line[] => {
  if (transcript.plan === null) return [];
  const lines = planLines(transcript.plan, settings);
  return settings.depth === "brief" ? lines.slice(0, 1) : lines;
};

const livingLines = (transcript: Transcript, settings: ViewFor, place: WrittenPlace, elapsed: Elapsed): Line[] => {
  const { message, thought, held, open } = transcript;
  const running = [...open.values()].map((one: OpenItem) => ({
    group: "work" as const,
    lines: openLines(one, elapsed(one.item.id), settings),
  }));
  if (settings.plain) return running.flatMap(({ lines }) => lines);
  const begun = place.message?.id === message?.id ? place.message?.place : undefined;
  const rest = message === null ? [] : restLines(message.text, begun ?? messageStart, columnsFor(settings), settings);
  const parts: { group: Exclude<Group, "start">; lines: Line[] }[] = [
    { group: "words", lines: message === null && thought !== null ? thoughtLines(thought, settings) : [] },
    ...held.map((entry) => ({ group: groupOf(entry), lines: entryLines(entry, settings) })),
    ...running,
    { group: "words", lines: currentStep(transcript, settings) },
  ];
  // A rest that goes on in a block has its own empty row where it needs one.
  const lines: Line[] = begun === undefined && rest.length > 0 && isApart(place.group, "words") ? [[], ...rest] : rest;
  let group: Group = rest.length > 0 ? "words" : place.group;
  for (const part of parts) {
    if (part.lines.length === 0) continue;
    if (isApart(group, part.group)) lines.push(lineOf(""));
    append(lines, part.lines);
    group = part.group;
  }
  return lines;
};

/** The settings of a view whose entries are not unfolded. */
export const viewFor = (settings: ViewSettings): ViewFor => ({ ...settings, depth: settings.verbosity });

/**
 * What comes after `from`, and what is live below it. Pure: the same events give the same settled rows, however many
 * calls they come in, at one width and verbosity.
 */
export const viewRows = (
  transcript: Transcript,
  settings: ViewSettings,
  from: WrittenPlace,
  elapsed: Elapsed = () => null,
): ViewRows<WrittenPlace> => {
  const view = viewFor(settings);
  const entries = writeEntries(transcript, view, from);
  const message = transcript.message === null ? null : writeMessage(transcript.message, view, entries.place);
  const place = message?.place ?? entries.place;
  return {
    settled: paintAll([...entries.lines, ...(message?.lines ?? [])], view),
    place,
    live: paintAll(livingLines(transcript, view, place, elapsed), view),
  };
};
