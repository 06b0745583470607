import { closeSync, openSync } from "node:fs";
import type { LoggedEvent, ThreadItem } from "@fettle/protocol";
import { isLoggedEvent } from "./event-guard.ts";
import { readLinePieces } from "./log-lines.ts";

/*
 * Looks for a few kinds of events in a log that may be too long to be held. A line of ours begins with its type, and
 * within a line quotes are escaped, so that the beginning of another kind never stands in it.
 */

/** A damaged line is told of when the log is opened; it is no reason to find nothing. */
const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
};

const visitKinds = (fd: number, kinds: string, visit: (event: LoggedEvent) => void): void => {
  const begin = `{"type":"${kinds}`;
  readLinePieces(fd, 0, ({ bytes }) => {
    for (let at = bytes.indexOf(begin); at >= 0; at = bytes.indexOf(begin, at + 1)) {
      const end = bytes.indexOf("\n", at);
      const event = parsed(bytes.toString("utf8", at, end));
      if (isLoggedEvent(event)) visit(event);
      at = end;
    }
    return true;
  });
};

/** Every state of every item, in order. Throws when the log cannot be read. */
export const visitItems = (path: string, visit: (item: ThreadItem, event: LoggedEvent) => void): void => {
  const fd = openSync(path, "r");
  try {
    visitKinds(fd, "item.", (event) => {
      if ("item" in event) visit(event.item, event);
    });
  } finally {
    closeSync(fd);
  }
};

/** The event from which on the model still reads all, after the last compaction that no rewind took back; else 0. */
export const lastCompaction = (fd: number): number => {
  let compactions: { seq: number; from: number }[] = [];
  visitKinds(fd, "thread.", (event) => {
    if (event.type === "thread.compacted") compactions.push({ seq: event.seq, from: event.kept_from });
    if (event.type === "thread.rewound") compactions = compactions.filter(({ seq }) => seq < event.to_seq);
  });
  return compactions.at(-1)?.from ?? 0;
};
