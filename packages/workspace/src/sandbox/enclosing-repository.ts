import { readFileSync, type Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { homeFolder } from "./host-facts.ts";
import { isWithin, lookAt, realPathOf } from "./paths.ts";
import { temporaryFolder } from "./plan.ts";

/** As git does, which obeys no repository of somebody else's. */
const isTrusted = (stats: Stats): boolean => [0, process.getuid?.() ?? 0].includes(stats.uid);

const isRepository = (folder: string): boolean => {
  const there = lookAt(folder);
  const holds = (name: string): boolean => lookAt(join(folder, name))?.isDirectory() === true;
  return (
    there?.isDirectory() === true &&
    isTrusted(there) &&
    lookAt(join(folder, "HEAD")) !== null &&
    ((holds("objects") && holds("refs")) || lookAt(join(folder, "commondir"))?.isFile() === true)
  );
};

const longestGitFile = 4096;

/** Where a `.git` file says that the repository is; null when that is nowhere. */
export const gitFolderNamedBy = (gitFile: string): string | null => {
  try {
    const named = /^gitdir:\s*(.+)$/m.exec(readFileSync(gitFile, "utf8"))?.[1]?.trim();
    return named ? realPathOf(resolve(dirname(gitFile), named)) : null;
  } catch {
    return null;
  }
};

const isGitEntry = (path: string): boolean => {
  const there = lookAt(path);
  if (there?.isDirectory()) return isRepository(path);
  if (!there?.isFile() || there.size > longestGitFile || !isTrusted(there)) return false;
  const folder = gitFolderNamedBy(path);
  return folder !== null && isRepository(folder);
};

/**
 * The `.git` of the nearest repository above `root`, which git uses there; null when there is none, or when `root` has
 * its own. An entry of that name that is no repository counts for nothing.
 */
export const repositoryAbove = (root: string): string | null => {
  if (lookAt(join(root, ".git"))) return null;
  for (let at = dirname(root); at !== dirname(at); at = dirname(at)) {
    const path = join(at, ".git");
    if (isGitEntry(path)) return path;
  }
  return null;
};

/** The same for commands to see: null when its top is the home folder, the folder for temporary files, or above one. */
export const enclosingRepositoryOf = (root: string): string | null => {
  const path = repositoryAbove(root);
  const unseen = [homeFolder(), temporaryFolder].filter((folder) => folder !== null);
  return path !== null && unseen.some((folder) => isWithin(folder, dirname(path))) ? null : path;
};
