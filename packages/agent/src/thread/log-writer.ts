import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LoggedEvent } from "@fettle/protocol";
import { isLoggedEvent } from "./event-guard.ts";
import type { Lock } from "./lock.ts";
import { maxLineBytes } from "./log-lines.ts";
import { storageError, ThreadStorageError } from "./storage-error.ts";
import { makeFolder, type ThreadFiles } from "./thread-files.ts";
import type { ThreadLog } from "./types.ts";

export type WriterStart = {
  readonly home: string;
  readonly files: ThreadFiles;
  readonly lock: Lock;
  /** Opened for appending; the writer closes it. */
  readonly fd: number;
  /** Bytes of whole lines in it, and how many lines. */
  readonly size: number;
  readonly nextSeq: number;
};

const itemIdPattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** Forces the names in a folder to the disk. */
export const syncFolder = (path: string): void => {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};

/**
 * A line of the log. An event that the schema would refuse on reading is a bug of the caller and is refused here,
 * before it makes the thread unreadable.
 */
const encode = (event: LoggedEvent): Buffer => {
  if (event.type === "item.delta") throw new TypeError("item.delta is transient: it does not belong in a log");
  if (!isLoggedEvent(event)) throw new TypeError(`not a valid event: ${JSON.stringify(event).slice(0, 300)}`);
  const line = Buffer.from(`${JSON.stringify(event)}\n`);
  if (line.length > maxLineBytes)
    throw new RangeError(`an event of ${line.length} bytes is too large for a log (at most ${maxLineBytes})`);
  return line;
};

/** The writer over a log whose end is known to be whole. */
export const createLogWriter = ({ home, files, lock, fd, ...start }: WriterStart): ThreadLog => {
  let { size, nextSeq } = start;
  let closed = false;
  let folderSynced = false;
  /** Part of a line may stand at the end, which must go before anything else is written. */
  let partial = false;

  const assertOpen = (): void => {
    if (closed) throw new Error(`the log of thread ${files.id} is closed`);
  };

  const removePartial = (): void => {
    ftruncateSync(fd, size);
    partial = false;
  };

  const write = (line: Buffer): void => {
    if (partial) removePartial();
    partial = true;
    // One call writes all; only a full disk, a limit or a broken device makes it less, and the next call says which.
    for (let done = 0; done < line.length; ) done += writeSync(fd, line, done, line.length - done);
    partial = false;
    size += line.length;
  };

  const outputFolder = join(files.folder, "outputs");

  return {
    id: files.id,
    path: files.log,
    outputFolder,
    append(event) {
      assertOpen();
      const logged: LoggedEvent = { ...event, seq: nextSeq, at: new Date().toISOString() };
      const line = encode(logged);
      try {
        write(line);
      } catch (error) {
        try {
          removePartial();
        } catch {
          // `partial` stays set: the next append or open removes it.
        }
        throw storageError(`write to the thread's log ${files.log}`, error);
      }
      nextSeq += 1;
      return logged;
    },
    sync() {
      assertOpen();
      try {
        fsyncSync(fd);
        if (!folderSynced) syncFolder(dirname(files.log));
        folderSynced = true;
      } catch (error) {
        throw storageError(`save the thread's log ${files.log} to the disk`, error);
      }
    },
    outputPath(itemId) {
      assertOpen();
      if (!itemIdPattern.test(itemId)) throw new ThreadStorageError(`not an item id: ${JSON.stringify(itemId)}`);
      makeFolder(outputFolder, home);
      return join(outputFolder, `${itemId}.txt`);
    },
    close() {
      if (closed) return;
      closed = true;
      try {
        closeSync(fd);
      } finally {
        lock.release();
      }
    },
  };
};
