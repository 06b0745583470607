import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isLocked } from "./lock.ts";
import { storageError } from "./storage-error.ts";
import { makeFolder, threadFiles } from "./thread-files.ts";
import { readThread } from "./thread-log.ts";
import type { OpenFailure } from "./types.ts";

/*
 * A wish of another process that the running turn ends: a file `stop` beside the log, which names the turn by its
 * number. The process that runs the turn looks for it; no process id is guessed at, and a wish that comes late ends no
 * later turn.
 */

const stopPath = (logPath: string): string => join(threadFiles(logPath).folder, "stop");

/** Whether a process works on the thread of this log now. */
export const threadIsHeld = (logPath: string): boolean => isLocked(threadFiles(logPath).folder);

/** Between two looks at the folder. In milliseconds. */
const lookMs = 200;

/**
 * Asks whoever runs a turn of this thread to end it. `running`: there is such a turn; its end stands in the log soon
 * after. Throws `ThreadStorageError` when the disk refuses.
 */
export const askToStop = (
  home: string,
  idOrPrefix: string,
): { readonly ok: true; readonly id: string; readonly running: boolean } | OpenFailure => {
  const read = readThread(home, idOrPrefix);
  if (!read.ok) return read;
  const { id, path } = read;
  const begun = read.events.findLast(
    ({ type }) => type === "turn.started" || type === "turn.completed" || type === "turn.failed",
  );
  const { folder } = threadFiles(path);
  if (begun?.type !== "turn.started" || begun.turn === undefined || !isLocked(folder))
    return { ok: true, id, running: false };
  const wish = stopPath(path);
  try {
    makeFolder(folder, home);
    writeFileSync(`${wish}.${process.pid}`, `${begun.turn}\n`, { mode: 0o600 });
    renameSync(`${wish}.${process.pid}`, wish);
  } catch (error) {
    rmSync(`${wish}.${process.pid}`, { force: true });
    throw storageError(`leave a wish in ${folder}`, error);
  }
  return { ok: true, id, running: true };
};

/** The turn that is to be stopped; null when there is no wish. */
const wishedTurn = (path: string): number | null => {
  try {
    // Looked at several times a second: an exception costs more than a look.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
    const turn = Number(readFileSync(path, "utf8"));
    rmSync(path, { force: true });
    return turn;
  } catch {
    // A folder that cannot be read has no wishes; what the turn writes there says what is wrong.
    return null;
  }
};

/**
 * Calls `stop` when another process wishes that the running turn ends; `turn` gives its number. To be called before the
 * turn begins: what lies there by then was meant for one whose process died. Gives what ends the looking.
 */
export const watchStops = (logPath: string, turn: () => number, stop: () => void): (() => void) => {
  const path = stopPath(logPath);
  wishedTurn(path);
  const timer = setInterval(() => {
    if (wishedTurn(path) === turn()) stop();
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
};
