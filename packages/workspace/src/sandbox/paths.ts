import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync, type Stats } from "node:fs";
import { dirname, sep } from "node:path";
import { isText, onDisk, pathOf } from "./raw-names.ts";

/** True when `path` is `folder` or lies in it. Both absolute and normalised. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

export const isWithinAny = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => isWithin(path, folder));

/** Segments below the root. */
export const depth = (path: string): number => path.split(sep).length;

/** The folders strictly between `folder` and `path`, outermost first. */
export const foldersBetween = (folder: string, path: string): string[] => {
  const between: string[] = [];
  for (let at = dirname(path); at !== folder && isWithin(at, folder); at = dirname(at)) between.unshift(at);
  return between;
};

/** Null when there is nothing, or nothing that may be looked at. Does not follow a symlink. */
export const lookAt = (path: string): Stats | null => {
  try {
    return lstatSync(onDisk(path), { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
};

const longestText = 1 << 20;

/** The text of a regular file; null when it is something else, too long, or unreadable. Never waits, follows no link. */
export const plainTextOf = (path: string): string | null => {
  try {
    const file = openSync(onDisk(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      return stats.isFile() && stats.size <= longestText ? readFileSync(file, "utf8") : null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
};

/** Null when the path does not exist or cannot be reached. */
export const realPathOf = (path: string): string | null => {
  try {
    const real = isText(path) ? realpathSync.native(path) : "";
    const isPlain = real !== "" && !real.includes("\uFFFD");
    return isPlain ? real : pathOf(realpathSync.native(onDisk(path), "buffer"));
  } catch {
    return null;
  }
};

/** Drops what lies inside another entry; sorted. */
export const outermost = (paths: readonly string[]): string[] => {
  const kept: string[] = [];
  for (const path of [...new Set(paths)].sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))) {
    if (!isWithinAny(path, kept)) kept.push(path);
  }
  return kept;
};
