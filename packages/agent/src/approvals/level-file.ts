import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AutonomyLevel } from "@fettle/protocol";
import { errorCode, storageError } from "../thread/storage-error.ts";
import { threadFiles } from "../thread/thread-files.ts";

/*
 * The level that a person chose for a thread stands in a small file in the thread's folder: another process may write
 * it while the thread's own process, which alone writes the log, runs.
 */

const levels: readonly string[] = ["suggest", "edit", "run", "trusted", "full"] satisfies AutonomyLevel[];
const isLevel = (text: string): text is AutonomyLevel => levels.includes(text);

const fileOf = (logPath: string): string => join(threadFiles(logPath).folder, "autonomy");

/** The level chosen for the thread of this log; null when none was. What cannot be read counts as the strictest. */
export const readThreadLevel = (logPath: string): AutonomyLevel | null => {
  const path = fileOf(logPath);
  try {
    // Asked before every command; most threads have none, and an exception costs more than a look.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
    const text = readFileSync(path, "utf8").trim();
    return isLevel(text) ? text : "suggest";
  } catch (error) {
    return errorCode(error) === "ENOENT" ? null : "suggest";
  }
};

/** Another text each time a level is chosen for the thread; null when none was. */
export const threadLevelStamp = (logPath: string): string | null => {
  const stat = statSync(fileOf(logPath), { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino}:${stat.ctimeNs}`;
};

/** When a level was last chosen for the thread, in milliseconds since 1970; null when none was. */
export const threadLevelTime = (logPath: string): number | null =>
  statSync(fileOf(logPath), { throwIfNoEntry: false })?.mtimeMs ?? null;

/** Chooses a level for a thread, or (null) none. Throws `ThreadStorageError` when the thread's folder cannot be written. */
export const writeThreadLevel = (logPath: string, level: AutonomyLevel | null): void => {
  const path = fileOf(logPath);
  try {
    if (level === null) {
      rmSync(path, { force: true });
      return;
    }
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, `${level}\n`, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    throw storageError(`write ${path}`, error);
  }
};
