import { createHash } from "node:crypto";
import { lstatSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { linkedRepository } from "./git-guards.ts";
import { isWithin, lookAt, realPathOf } from "./paths.ts";

/** Larger files are no settings, and reading them takes long. */
const longestFile = 1 << 20;

const indexOf = (root: string): Buffer => {
  const git = join(root, ".git");
  const linked = lookAt(git)?.isFile() ? linkedRepository(git) : null;
  return readFileSync(join(linked?.own ?? git, "index"));
};

/**
 * True when the index of the repository at `root` names `path` with the content that it has. The name alone would prove
 * nothing: a command can put any name into the index, or commit it, but to name the content it would have to know it.
 */
const isTracked = (root: string, path: string): boolean => {
  try {
    const size = lookAt(path)?.size ?? 0;
    if (size > longestFile) return false;
    const content = readFileSync(path);
    const index = indexOf(root);
    const name = Buffer.concat([Buffer.from(relative(root, path)), Buffer.from([0])]);
    return ["sha1", "sha256"].some((kind) => {
      const id = createHash(kind).update(`blob ${content.length}\0`).update(content).digest();
      for (let at = index.indexOf(id); at >= 0; at = index.indexOf(id, at + 1)) {
        // Two bytes of flags follow, or four in an extended entry, and then the path.
        const flags = at + id.length;
        const entry = index.subarray(flags, flags + 4 + name.length);
        if (entry.subarray(2, 2 + name.length).equals(name) || entry.subarray(4).equals(name)) return true;
      }
      return false;
    });
  } catch {
    return false;
  }
};

/** The file to be shown as empty; null when nothing is to be concealed. */
const concealedBy = (root: string, path: string): string | null => {
  const real = lookAt(path)?.isSymbolicLink() ? realPathOf(path) : path;
  const there = real === null ? null : lookAt(real);
  if (real === null || !there || there.isDirectory() || !isWithin(real, root)) return null;
  return there.isFile() && isTracked(root, real) ? null : real;
};

/** False where a folder on the way is shut: then nobody knows. */
const isGone = (path: string): boolean => {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EACCES";
  }
};

export type Concealment = {
  /** What was found by its name in the tree. What commands made is theirs to read; what was there at rest is the user's. */
  note(found: readonly string[], madeByCommands: boolean): void;
  /** Files to be shown as empty. What was concealed once is so for as long as it is there. */
  paths(): string[];
};

export const createConcealment = (root: string): Concealment => {
  const known = new Set<string>();
  const concealed = new Set<string>();
  return {
    note(found, madeByCommands) {
      for (const path of [...known]) if (isGone(path)) known.delete(path);
      for (const path of [...concealed]) if (isGone(path)) concealed.delete(path);
      for (const path of found) {
        if (known.has(path)) continue;
        known.add(path);
        const hidden = madeByCommands ? null : concealedBy(root, path);
        if (hidden !== null) concealed.add(hidden);
      }
    },
    paths: () => [...concealed],
  };
};
