import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Database, loadSqlite, SQLITE_BUSY, SQLITE_CANTOPEN, sqliteCode } from "./sqlite.ts";
import { errorCode, storageError } from "./storage-error.ts";

/*
 * One writer per thread. The lock is the operating system's own byte-range lock on an empty file, taken through SQLite
 * because Node has no call for it. The system drops it with the owner's last breath, so a crash leaves nothing stale:
 * there is no liveness to guess from process ids, which lie across containers and are reused, and no moment in which
 * two takers can both believe that the owner is dead. Children of the owner do not inherit it.
 *
 * The lock file is never removed (that would let two processes lock two files of one name) and never opened by other
 * means in the owner's process (closing it would drop the lock: POSIX). The owner's process id is for messages only.
 */

export type Lock = { release(): void };
export type LockOutcome =
  | { readonly ok: true; readonly lock: Lock }
  | { readonly ok: false; readonly owner: number | null };

/** Simultaneous takers step back and try again for this long; only a lasting owner makes them give up. */
const contentionMs = 250;

/** A database that nothing refers to is closed by the garbage collector, and with it the lock would go. */
const kept = new Set<Database>();

const lockPath = (folder: string): string => join(folder, "lock");
const ownerPath = (folder: string): string => join(folder, "owner");

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
};

/** The owner as far as it can be said: null when it has not written its id yet, or ended meanwhile. */
const readOwner = (folder: string): number | null => {
  try {
    const pid = Number.parseInt(readFileSync(ownerPath(folder), "utf8"), 10);
    return pid > 0 && isAlive(pid) ? pid : null;
  } catch {
    return null;
  }
};

/** Takes the lock of the thread whose (existing) folder is given. Throws `ThreadStorageError` when the disk refuses. */
export const takeLock = (folder: string): LockOutcome => {
  const path = lockPath(folder);
  try {
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw storageError(`make the lock ${path}`, error);
  }
  const { DatabaseSync } = loadSqlite();
  let database: Database | null = null;
  try {
    database = new DatabaseSync(path, { timeout: contentionMs });
    database.exec("BEGIN EXCLUSIVE");
    writeFileSync(ownerPath(folder), `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    database?.close();
    if (sqliteCode(error) === SQLITE_BUSY) return { ok: false, owner: readOwner(folder) };
    throw storageError(`lock ${path}`, error);
  }
  const held = database;
  kept.add(held);
  return {
    ok: true,
    lock: {
      release() {
        if (!held.isOpen) return;
        rmSync(ownerPath(folder), { force: true });
        held.close();
        kept.delete(held);
      },
    },
  };
};

/** Whether a living process holds the lock. Never takes it away from anybody. */
export const isLocked = (folder: string): boolean => {
  const path = lockPath(folder);
  if (!existsSync(path)) return false;
  try {
    const { DatabaseSync } = loadSqlite();
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      database.prepare("SELECT count(*) FROM sqlite_master").get();
      return false;
    } finally {
      database.close();
    }
  } catch (error) {
    const code = sqliteCode(error);
    if (code === SQLITE_BUSY) return true;
    if (code === SQLITE_CANTOPEN) return false;
    throw error;
  }
};
