import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { LoggedEvent, ThreadItem } from "@fettle/protocol";
import { readThreadLevel, writeThreadLevel } from "./approvals/level-file.ts";
import { readLinePieces } from "./thread/log-lines.ts";
import { syncFolder } from "./thread/log-writer.ts";
import { storageError, ThreadStorageError } from "./thread/storage-error.ts";
import { removeFiles } from "./thread/sweep.ts";
import { logPathOf, makeFolder, newThreadId, type ThreadFiles, threadFiles } from "./thread/thread-files.ts";
import { readThread } from "./thread/thread-log.ts";
import type { OpenFailure } from "./thread/types.ts";
import { turnRecords } from "./undo.ts";

/*
 * A fork is a log that begins with the bytes of another one, so what its first request says is what the other thread's
 * next one would have said. The copy becomes a thread by one rename, when all of it is on the disk.
 */

export type Fork = {
  readonly ok: true;
  readonly id: string;
  readonly from: string;
  /** The last turn that was copied. */
  readonly turn: number;
  /** Turns of the source that follow it: left out, or running. */
  readonly later: number;
};
export type ForkFailure = OpenFailure | { readonly ok: false; readonly code: "no_turn"; readonly message: string };

const noTurn = (message: string): ForkFailure => ({ ok: false, code: "no_turn", message });

/** How many events a fork after this turn begins with: all before the turn that follows, taken back or not. */
const copiedEvents = (events: readonly LoggedEvent[], endSeq: number): number => {
  const next = events.findIndex((event) => event.type === "turn.started" && event.seq > endSeq);
  return next < 0 ? events.length : next;
};

const outputsOf = (files: Pick<ThreadFiles, "folder">): string => join(files.folder, "outputs");

const copyLines = (from: string, to: number, lines: number): void => {
  const fd = openSync(from, constants.O_RDONLY);
  let left = lines;
  try {
    readLinePieces(fd, 0, ({ bytes }) => {
      let end = 0;
      for (; left > 0 && end < bytes.length; left -= 1) end = bytes.indexOf(0x0a, end) + 1;
      for (let done = 0; done < end; ) done += writeSync(to, bytes, done, end - done);
      return left > 0;
    });
  } finally {
    closeSync(fd);
  }
  if (left > 0) throw new ThreadStorageError(`${from} became shorter while it was copied; try again`);
};

/** Whole outputs lie beside a log; a fork has its own copies, in case the other thread goes. */
const copyOutputs = (events: readonly LoggedEvent[], source: ThreadFiles, target: ThreadFiles, home: string): void => {
  const paths = events.flatMap((event) =>
    event.type === "item.completed" && event.item.type === "command_execution" && event.item.output_path !== undefined
      ? [event.item.output_path]
      : [],
  );
  if (paths.length > 0) makeFolder(outputsOf(target), home);
  for (const path of paths) {
    const name = basename(path);
    const found = [join(outputsOf(source), name), path].find((candidate) => existsSync(candidate));
    if (found !== undefined) copyFileSync(found, join(outputsOf(target), name), constants.COPYFILE_FICLONE);
  }
};

const writeCopy = (source: string, target: ThreadFiles, events: number, last: LoggedEvent): void => {
  const draft = `${target.log}.new`;
  const fd = openSync(draft, "wx", 0o600);
  try {
    copyLines(source, fd, events);
    const line = Buffer.from(`${JSON.stringify(last)}\n`);
    for (let done = 0; done < line.length; ) done += writeSync(fd, line, done, line.length - done);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, target.log);
  syncFolder(dirname(target.log));
};

/**
 * Makes a new thread that begins with the turns of another one up to `turn` (default: the last that is finished), also
 * while that one runs. Throws `ThreadStorageError`, nothing being made.
 */
export const forkThread = (home: string, idOrPrefix: string, turn?: number): Fork | ForkFailure => {
  const read = readThread(home, idOrPrefix);
  if (!read.ok) return read;
  const turns = turnRecords(read.events);
  const chosen =
    turn === undefined ? turns.findLast(({ endSeq }) => endSeq !== null) : turns.find(({ number }) => number === turn);
  if (chosen === undefined && (turn === undefined || turns.length === 0))
    return noTurn("this thread has no finished turn to fork after");
  if (chosen === undefined) return noTurn(`this thread has turns 1 to ${turns.length}, not ${turn}`);
  if (chosen.endSeq === null)
    return noTurn(`turn ${chosen.number} is not finished; fork after an earlier one, or when it has ended`);
  const id = newThreadId(Date.now());
  const source = threadFiles(read.path);
  const target = threadFiles(logPathOf(home, id));
  const count = copiedEvents(read.events, chosen.endSeq);
  const at = new Date().toISOString();
  makeFolder(target.folder, home);
  try {
    copyOutputs(read.events.slice(0, count), source, target, home);
    // A wider level was chosen for that thread alone; one that asks more is kept.
    const level = readThreadLevel(read.path);
    if (level === "suggest" || level === "edit") writeThreadLevel(target.log, level);
    const forked = { type: "thread.forked" as const, thread_id: id, from: read.id, turn: chosen.number };
    writeCopy(read.path, target, count, { ...forked, seq: count, at });
  } catch (error) {
    removeFiles(target);
    rmSync(`${target.log}.new`, { force: true });
    throw error instanceof ThreadStorageError ? error : storageError(`copy the thread to ${target.log}`, error);
  }
  return { ok: true, id, from: read.id, turn: chosen.number, later: turns.length - chosen.number };
};

/** Where whole outputs of a thread and of those that it was forked from lie: what its model was told of is there. */
export const outputFolders = (home: string, own: string, events: readonly LoggedEvent[]): string[] => [
  own,
  ...events.flatMap((event) =>
    event.type === "thread.forked" ? [outputsOf(threadFiles(logPathOf(home, event.from)))] : [],
  ),
];

/** The item with the thread's own copy of its output, where it has one. */
export const withOwnOutput = (item: ThreadItem, folder: string): ThreadItem => {
  if (item.type !== "command_execution" || item.output_path === undefined) return item;
  const own = join(folder, basename(item.output_path));
  return existsSync(own) ? { ...item, output_path: own } : item;
};
