import { closeSync, constants, fstatSync, openSync } from "node:fs";
import type { LoggedEvent } from "@fettle/protocol";
import { isLoggedEvent } from "./event-guard.ts";
import { readLinePieces } from "./log-lines.ts";
import { storageError } from "./storage-error.ts";

/** Between two looks at the log. In milliseconds. */
const lookMs = 100;

const parsed = (line: string): LoggedEvent | null => {
  try {
    const value: unknown = JSON.parse(line);
    return isLoggedEvent(value) ? value : null;
  } catch {
    return null;
  }
};

export type Following = {
  /** Takes what was written since the last look, at once. */
  readonly look: () => void;
  readonly close: () => void;
};

/**
 * Follows a log that another process writes: calls `onEvent` for each event from number `nextSeq` on, which begins at
 * the byte `bytes`, once each and in
 * order, as their lines become whole. Takes no lock. A line that is no event of that number ends it quietly: opening the
 * thread says what is wrong. Throws `ThreadStorageError` when the log cannot be opened.
 */
export const followLog = (
  path: string,
  from: { readonly bytes: number; readonly nextSeq: number },
  onEvent: (event: LoggedEvent) => void,
): Following => {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (error) {
    throw storageError(`open the thread's log ${path}`, error);
  }
  let read = from.bytes;
  let seq = from.nextSeq;
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    clearInterval(timer);
    closeSync(fd);
  };
  const takeLines = (lines: readonly string[]): boolean => {
    for (const line of lines) {
      const event = parsed(line);
      if (event?.seq !== seq) return false;
      seq += 1;
      onEvent(event);
    }
    return true;
  };
  const look = (): void => {
    if (closed || fstatSync(fd).size <= read) return;
    let whole = true;
    const { linesEnd } = readLinePieces(fd, read, ({ bytes }) => {
      whole = takeLines(bytes.toString("utf8").split("\n").slice(0, -1));
      return whole;
    });
    read = linesEnd;
    if (!whole) close();
  };
  const timer = setInterval(look, lookMs);
  timer.unref();
  return { look, close };
};
