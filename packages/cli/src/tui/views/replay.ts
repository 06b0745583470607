import { createTranscript, type Entry, type ThreadEvent, type Transcript, type TranscriptFold } from "@fettle/protocol";
import type { Row, ViewSettings } from "../contract.ts";
import { counted } from "./depth.ts";
import { paintAll } from "./paint.ts";
import { columnsFor, cutLine, lineOf } from "./spans.ts";
import { nothingWritten, viewRows, type WrittenPlace } from "./view-rows.ts";

/** Which entries belong to turns that were taken back later: one flag an entry. */
export const takenBack = (entries: readonly Entry[]): boolean[] => {
  const flags = new Array<boolean>(entries.length).fill(false);
  let limit = Number.POSITIVE_INFINITY;
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    if (entry === undefined) continue;
    if (entry.turn >= limit) flags[at] = true;
    else limit = Number.POSITIVE_INFINITY;
    if (entry.kind === "event" && entry.event.type === "thread.rewound") limit = Math.min(limit, entry.event.turn);
  }
  return flags;
};

/** The transcript of stored events. */
export const replayed = (events: Iterable<ThreadEvent>): TranscriptFold => {
  const fold = createTranscript();
  for (const event of events) fold.add(event);
  return fold;
};

/**
 * What is printed when a thread is taken up again: its last `turns` turns that count, below a line that says where the
 * others are. `place`: from where `viewRows` goes on.
 */
export const resumeRows = (
  transcript: Transcript,
  settings: ViewSettings,
  turns: number,
): { readonly rows: readonly Row[]; readonly place: WrittenPlace } => {
  const first = transcript.turns.at(-turns);
  const hidden = Math.max(0, transcript.turns.length - turns);
  const begin = hidden === 0 ? 0 : (first?.entry ?? 0);
  const flags = takenBack(transcript.entries);
  const entries = transcript.entries.filter((_, at) => at >= begin && flags[at] !== true);
  const shown = viewRows({ ...transcript, entries }, settings, nothingWritten);
  const line = cutLine(lineOf(`… ${counted(hidden, "earlier turn")}: Ctrl-T`, "dim"), columnsFor(settings));
  const above = hidden === 0 ? [] : paintAll([line, []], settings);
  return { rows: [...above, ...shown.settled], place: { ...shown.place, entries: transcript.entries.length } };
};
