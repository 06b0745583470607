import { type Stats, statSync } from "node:fs";
import { basename } from "node:path";
import { digestLog } from "./digest.ts";
import { type IndexRow, type ThreadIndex, withIndex } from "./index-database.ts";
import { isLocked } from "./lock.ts";
import { allLogs, threadFiles } from "./thread-files.ts";
import type { ThreadSummary } from "./types.ts";

const statOrNull = (path: string): Stats | null => {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
};

/** Reads anew the logs whose size or time differ from what the index remembers, and forgets those that are gone. */
const refresh = (index: ThreadIndex, logs: readonly string[]): void => {
  const known = index.known();
  const changed: IndexRow[] = [];
  for (const path of logs) {
    const id = basename(path, ".jsonl");
    const stats = statOrNull(path);
    if (stats === null) continue;
    const { size, mtimeMs } = stats;
    const before = known.get(id);
    known.delete(id);
    if (before?.path === path && before.size === size && before.mtimeMs === mtimeMs) continue;
    try {
      const digest = digestLog(path, id, before === undefined ? null : (index.row(id)?.digest ?? null));
      changed.push({ id, path, size, mtimeMs, digest });
    } catch {
      // A log that cannot be read is not listed; opening it says why.
      if (before !== undefined) known.set(id, before);
    }
  }
  if (changed.length > 0 || known.size > 0) index.update(changed, [...known.keys()]);
};

const stateOf = ({ path, digest }: IndexRow): ThreadSummary["state"] => {
  if (digest.lines === 0 || digest.lastTurn === "none") return "empty";
  if (digest.lastTurn !== "open") return digest.lastTurn;
  return isLocked(threadFiles(path).folder) ? "running" : "interrupted";
};

const summarise = (row: IndexRow): ThreadSummary => {
  const { id, path, digest } = row;
  const { cwd, createdAt, updatedAt, turns, model, parent } = digest;
  const title = digest.givenTitle === "" ? digest.prompt : digest.givenTitle;
  return {
    id,
    path,
    cwd,
    title,
    createdAt,
    updatedAt,
    turns,
    model,
    parent: parent === "" ? null : parent,
    state: stateOf(row),
  };
};

const newest = (home: string, options: Parameters<ThreadIndex["newest"]>[0]): IndexRow[] => {
  const logs = allLogs(home);
  if (logs.length === 0) return [];
  return withIndex(home, (index) => {
    refresh(index, logs);
    return index.newest(options);
  });
};

/**
 * The most recently updated threads, newest first; with `cwd` only those of that folder, without helpers' threads. The index is brought up to
 * date first, so the list is that of the logs, and a fault of the index shows only in the time this takes.
 */
export const listThreads = (home: string, options: { limit: number; cwd?: string }): ThreadSummary[] =>
  newest(home, { ...options, nonEmpty: false, helpers: options.cwd === undefined }).map(summarise);

/** The thread that was last updated, in this folder when `cwd` is given; helpers' and those without any event do not count. */
export const lastThreadId = (home: string, options: { cwd?: string }): string | null =>
  newest(home, { ...options, limit: 1, nonEmpty: true, helpers: false })[0]?.id ?? null;
