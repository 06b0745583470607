import { randomBytes } from "node:crypto";
import { copyFileSync, linkSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/*
 * Each process works on an index of its own name, so that two processes never wait for each other's lock and a lock
 * left by a killed git belongs to nobody. It starts as the shared one and is published back, by hard links: git never
 * changes an index in place. The link also keeps the time of the index, which git compares with the times of files to
 * know which ones could have changed unseen in the same second; a copy must not look newer than what it was made from.
 */

const share = (from: string, to: string): void => {
  try {
    linkSync(from, to);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw error;
    copyFileSync(from, to);
    const time = Math.floor(statSync(from).mtimeMs / 1000);
    utimesSync(to, time, time);
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/** Removes the indexes of processes that ended. One of a process elsewhere would only be made anew. */
const sweep = (shared: string): void => {
  const prefix = `${basename(shared)}.`;
  for (const name of readdirSync(dirname(shared))) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(dirname(shared), name), { force: true });
  }
};

/** Makes this process's index of the shared one, which need not exist. Returns its path. */
export const openPrivateIndex = (shared: string): string => {
  sweep(shared);
  const own = `${shared}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    share(shared, own);
  } catch {
    // No index yet: git makes one.
  }
  return own;
};

/** Lets later processes start from this index. */
export const publishIndex = (own: string, shared: string): void => {
  const temporary = `${own}.publish`;
  try {
    share(own, temporary);
    renameSync(temporary, shared);
  } catch {
    // It only saves time: a later process hashes again.
  } finally {
    rmSync(temporary, { force: true });
  }
};

/** Names one version of an index file; "none" when there is none. */
export const indexVersion = (path: string): string => {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`;
};
