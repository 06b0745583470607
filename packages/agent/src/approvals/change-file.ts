import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { loadSqlite, SQLITE_BUSY, sqliteCode } from "../thread/sqlite.ts";
import { errorCode } from "../thread/storage-error.ts";

/** Others hold the lock for some milliseconds, one write of a small file each. */
const patienceMs = 10_000;

/** Puts a whole new text in the place of a file that only its owner may read: all of it, or nothing. Throws. */
const replaceFile = (path: string, text: string): void => {
  const draft = `${path}.${process.pid}.new`;
  try {
    const fd = openSync(draft, "w", 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
};

/** Runs with the system's own lock on a file that is never removed, so that a crash frees it and no two hold it. */
const locked = <T>(path: string, run: () => T): T => {
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { timeout: patienceMs });
  try {
    database.exec("BEGIN EXCLUSIVE");
    return run();
  } finally {
    database.close();
  }
};

export type Changed = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** A person may keep the file elsewhere and link to it. */
const placeOf = (path: string): string => {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return path;
    throw error;
  }
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
};

/**
 * Changes a small file of FETTLE_HOME that other processes of fettle may change at the same moment: nothing that one of
 * them wrote is lost, and no reader sees a part. `change` gets the text, empty for a file that is not there. Null, or
 * why the file stays as it was.
 */
export const changeFile = (path: string, change: (text: string) => Changed): string | null => {
  try {
    return locked(join(dirname(path), "answers.lock"), () => {
      const place = placeOf(path);
      const before = textOf(place);
      const changed = change(before);
      if (!changed.ok) return changed.why;
      if (changed.text !== before) replaceFile(place, changed.text);
      return null;
    });
  } catch (error) {
    const why = sqliteCode(error) === SQLITE_BUSY ? "another process holds it" : errorCode(error) || String(error);
    return `${path} cannot be written (${why})`;
  }
};
