import { closeSync, constants, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LoggedEvent } from "@fettle/protocol";
import { readMessages } from "./inbox.ts";
import { type Lock, takeLock } from "./lock.ts";
import { createLogWriter } from "./log-writer.ts";
import { lastCompaction } from "./read-items.ts";
import { type LogContent, readLog } from "./read-log.ts";
import { errorCode, storageError } from "./storage-error.ts";
import { removeFiles, sweepEphemeral } from "./sweep.ts";
import {
  ephemeralRoot,
  findThread,
  logPathOf,
  makeFolder,
  newThreadId,
  type ThreadFiles,
  threadFiles,
} from "./thread-files.ts";
import type { OpenedThread, OpenFailure, ThreadLog } from "./types.ts";

const appending = constants.O_RDWR | constants.O_APPEND;

const lockedMessage = (id: string, owner: number | null): string => {
  if (owner === process.pid) return `Thread ${id} is already open in this process; close it there first`;
  const [who, how] = owner === null ? ["another process", ""] : [`process ${owner}`, ` or stop it (kill ${owner})`];
  return `Thread ${id} is in use by ${who}: wait until it ends${how}, or start a new thread`;
};

/** Runs `work` under the lock, which stays held only if `work` hands it on. */
const holding = <T extends { readonly ok: boolean }>(lock: Lock, work: () => T): T => {
  let kept = false;
  try {
    const result = work();
    kept = result.ok;
    return result;
  } finally {
    if (!kept) lock.release();
  }
};

/** Begins a thread: a new id, its empty log, its lock. Throws `ThreadStorageError` when `home` cannot be written. */
export const createThread = (home: string): ThreadLog => {
  const id = newThreadId(Date.now());
  return createLog(home, threadFiles(logPathOf(home, id)));
};

const createLog = (home: string, files: ThreadFiles): ThreadLog => {
  makeFolder(files.folder, home);
  const outcome = takeLock(files.folder);
  if (!outcome.ok) throw new Error(lockedMessage(files.id, outcome.owner));
  const { lock } = outcome;
  return holding(lock, () => {
    try {
      const fd = openSync(files.log, appending | constants.O_CREAT | constants.O_EXCL, 0o600);
      return { ok: true, log: createLogWriter({ home, files, lock, fd, size: 0, nextSeq: 0 }) };
    } catch (error) {
      throw storageError(`make the thread's log ${files.log}`, error);
    }
  }).log;
};

/**
 * Begins a thread whose log is gone when it is closed or the process exits. What a killed process left is removed by the
 * next such thread. Throws `ThreadStorageError`.
 */
export const createEphemeralThread = (home: string): ThreadLog => {
  const root = ephemeralRoot(home);
  sweepEphemeral(root);
  const files = threadFiles(join(root, `${newThreadId(Date.now())}.jsonl`));
  const log = createLog(home, files);
  const remove = (): void => {
    log.close();
    removeFiles(files);
  };
  process.once("exit", remove);
  return {
    ...log,
    close() {
      process.off("exit", remove);
      remove();
    },
  };
};

const damaged = (files: ThreadFiles, content: Extract<LogContent, { ok: false }>): OpenFailure => ({
  ok: false,
  code: "corrupt",
  message:
    `Thread ${files.id} is damaged at line ${content.line} of ${files.log}: ${content.reason}. Nothing was changed; ` +
    `put the file back from a backup, keep its first ${content.line - 1} lines to go on from there, or start a new thread`,
});

const gone = (files: ThreadFiles): OpenFailure => ({
  ok: false,
  code: "not_found",
  message: `The log of thread ${files.id} is gone (${files.log}); see: fettle threads --all`,
});

const openLog = (files: ThreadFiles, flags: number): number | null => {
  try {
    return openSync(files.log, flags);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw storageError(`open the thread's log ${files.log}`, error);
  }
};

/** Moves what follows the first `size` bytes into the side file; the log is cut only once they are safe there. */
const cutTail = (fd: number, files: ThreadFiles, size: number, cutBytes: number): void => {
  try {
    const side = openSync(files.torn, "a", 0o600);
    try {
      const chunk = Buffer.allocUnsafe(Math.min(cutBytes, 1 << 20));
      for (let done = 0; done < cutBytes; ) {
        const count = readSync(fd, chunk, 0, Math.min(chunk.length, cutBytes - done), size + done);
        if (count === 0) break;
        for (let written = 0; written < count; ) written += writeSync(side, chunk, written, count - written);
        done += count;
      }
      fsyncSync(side);
    } finally {
      closeSync(side);
    }
    ftruncateSync(fd, size);
    fsyncSync(fd);
  } catch (error) {
    throw storageError(`mend the end of the thread's log ${files.log}`, error);
  }
};

const openLocked = (home: string, files: ThreadFiles, lock: Lock): OpenedThread | OpenFailure => {
  const fd = openLog(files, appending);
  if (fd === null) return gone(files);
  let opened = false;
  try {
    const content = readLog(fd, lastCompaction(fd));
    if (!content.ok) return damaged(files, content);
    const { events, size, cutBytes } = content;
    if (cutBytes > 0) cutTail(fd, files, size, cutBytes);
    const log = createLogWriter({ home, files, lock, fd, size, nextSeq: events.length });
    opened = true;
    return { ok: true, log, events, cutBytes };
  } finally {
    if (!opened) closeSync(fd);
  }
};

/**
 * Opens a thread for going on with it, by id or by its first characters. Takes the lock and mends a torn end: the bytes
 * cut are kept in `<id>.torn` beside the log. Throws `ThreadStorageError` when the disk refuses.
 */
export const openThread = (home: string, idOrPrefix: string): OpenedThread | OpenFailure => {
  const found = findThread(home, idOrPrefix);
  if (!found.ok) return found;
  const { files } = found;
  makeFolder(files.folder, home);
  const outcome = takeLock(files.folder);
  if (!outcome.ok) return { ok: false, code: "locked", message: lockedMessage(files.id, outcome.owner) };
  return holding(outcome.lock, () => openLocked(home, files, outcome.lock));
};

export type ReadThread = {
  readonly ok: true;
  readonly id: string;
  readonly path: string;
  readonly events: LoggedEvent[];
  /** Bytes of the whole events. */
  readonly bytes: number;
  /** Bytes after the last whole event: a torn end, or an event being written right now. */
  readonly cutBytes: number;
};

/** Reads a thread as it stands, also while another process writes it. Takes no lock and changes nothing. */
export const readThread = (home: string, idOrPrefix: string): ReadThread | OpenFailure => {
  const found = findThread(home, idOrPrefix);
  if (!found.ok) return found;
  const { files } = found;
  const fd = openLog(files, constants.O_RDONLY);
  if (fd === null) return gone(files);
  try {
    const content = readLog(fd);
    if (!content.ok) return damaged(files, content);
    const { events, size: bytes, cutBytes } = content;
    return { ok: true, id: files.id, path: files.log, events, bytes, cutBytes };
  } finally {
    closeSync(fd);
  }
};

/** Removes a thread in which nothing happened and for which nothing was left; any other stays. */
export const removeUnused = (home: string, id: string): void => {
  const opened = openThread(home, id);
  if (!opened.ok) return;
  const { log, events } = opened;
  const unused = events.length === 0 && readMessages(log.path).length === 0;
  log.close();
  if (unused) removeFiles(threadFiles(log.path));
};
