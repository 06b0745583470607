import type { Stats } from "node:fs";
import { isWithin, lookAt } from "./paths.ts";
import { namesIn } from "./raw-names.ts";
import { openUp } from "./steps.ts";

/** Looks at a repository's folder on the disk, and keeps in mind what was seen on which it depends whether it is harmless. */
export type Look = {
  /** What is there, no link followed. It will be noticed when that changes. */
  at(path: string): Stats | null;
  /** The same where the folder's change tells as much. */
  glance(path: string): Stats | null;
  /** Names in a folder, opened up where the user may not list it; none where there is no such folder. */
  names(folder: string): string[];
};

/** An inode's number and the time of its last change, which nobody can set. */
const stampOf = (stats: Stats | null): string => (stats === null ? "" : `${stats.ino} ${stats.ctimeMs}`);

/** The stamp of nothing. */
const changedMeanwhile = "-";

/** What was changed this shortly before may change again under the same time. */
const settledMs = 50;

/** What each repository's harmlessness depended on when it was last found harmless. */
export type Memory = {
  /** `[]` where nothing has changed since `search` last found nothing, without searching again. */
  unlessSame<T>(repository: string, search: (look: Look) => readonly T[]): readonly T[];
};

const namesOrOpen = (folder: string, tops: readonly string[], mayOpen = true): string[] => {
  try {
    return namesIn(folder);
  } catch (error) {
    const top = tops.find((place) => isWithin(folder, place));
    if ((error as NodeJS.ErrnoException).code !== "EACCES" || top === undefined || !mayOpen) return [];
    // git finds a hook by its name in a folder that cannot be listed.
    openUp(folder, top);
    return namesOrOpen(folder, tops, false);
  }
};

/** `tops`: where folders may be opened up. */
export const createLook = (tops: readonly string[], stamps = new Map<string, string>()): Look => {
  const at = (path: string): Stats | null => {
    const stats = lookAt(path);
    const [stamp, before] = [stampOf(stats), stamps.get(path)];
    stamps.set(path, before === undefined || before === stamp ? stamp : changedMeanwhile);
    return stats;
  };
  return {
    at,
    glance: lookAt,
    names: (folder) => (at(folder) === null ? [] : namesOrOpen(folder, tops)),
  };
};

export const createMemory = (tops: readonly string[]): Memory => {
  const harmless = new Map<string, ReadonlyMap<string, string>>();
  const isSame = (stamps: ReadonlyMap<string, string>): boolean => {
    for (const [path, stamp] of stamps) if (stampOf(lookAt(path)) !== stamp) return false;
    return true;
  };
  return {
    unlessSame(repository, search) {
      const known = harmless.get(repository);
      if (known && isSame(known)) return [];
      harmless.delete(repository);
      const stamps = new Map<string, string>();
      const youngest = Date.now() - settledMs;
      const found = search(createLook(tops, stamps));
      const isSettled = [...stamps.values()].every((stamp) => stamp === "" || Number(stamp.split(" ")[1]) < youngest);
      if (found.length === 0 && isSettled) harmless.set(repository, stamps);
      return found;
    },
  };
};
