import { join, resolve } from "node:path";
import { indexOf } from "./git-index.ts";
import { settingsOf } from "./git-settings.ts";
import { isWithin, lookAt, plainTextOf, realPathOf } from "./paths.ts";

/*
 * Repositories that git goes into from another one, because that one's index names them. They may lie where nobody
 * else would look: in installed packages, in what is ignored, beyond the folders that are looked through.
 */

/** Folders in which somebody may use git: each with a `.git`, and bare repositories. */
export type Starts = { readonly folders: readonly string[]; readonly bare: readonly string[] };

export type Gitlinked = {
  /** Further folders with a `.git`, below the root. */
  readonly folders: readonly string[];
  /** Indexes of repositories below the root that cannot be read. */
  readonly unread: readonly string[];
};

type Repository = {
  readonly stamp: string;
  readonly gitlinks: readonly string[] | null;
  /** Where its working tree is, where the configuration says so. */
  readonly workTrees: readonly string[];
};

/** The repository's own folder behind `folder/.git`; null when there is none. */
const ownFolder = (folder: string): string | null => {
  const path = join(folder, ".git");
  const there = lookAt(path);
  if (there?.isDirectory()) return path;
  const named = there?.isFile() ? /^gitdir: ([^\r\n]+)/.exec(plainTextOf(path) ?? "")?.[1] : undefined;
  return named === undefined ? null : realPathOf(resolve(folder, named));
};

const plainWorkTree = /^[ \t]*worktree[ \t]*=[ \t]*([\w./-]+)[ \t]*$/gim;

const workTreesIn = (config: string, repository: string): string[] => {
  const plain = [...config.matchAll(plainWorkTree)].map((match) => match[1] ?? "");
  // How settings can be written otherwise git knows best.
  const isPlain = plain.length === (config.match(/worktree/gi)?.length ?? 0);
  const set = (): string[] =>
    (settingsOf(config) ?? []).filter(([key]) => key === "core.worktree").map(([, value]) => value);
  return (isPlain ? plain : set()).map((value) => resolve(repository, value));
};

/** More than that is nobody's project. */
const mostFolders = 20_000;

/** What was written this shortly before may be written again under the same time. */
const settledMs = 50;

const createReader = (): ((repository: string) => Repository | null) => {
  const known = new Map<string, Repository>();
  return (repository) => {
    const index = lookAt(join(repository, "index"));
    if (index === null) return null;
    const commonFile = join(repository, "commondir");
    const common = resolve(repository, (lookAt(commonFile) && plainTextOf(commonFile)?.trim()) || ".");
    const files = [join(common, "config"), join(repository, "config.worktree")];
    const stats = [index, ...files.map(lookAt)];
    const stamp = stats.map((one) => `${one?.ino} ${one?.size} ${one?.ctimeMs}`).join(" ");
    const before = known.get(repository);
    if (before?.stamp === stamp) return before;
    const youngest = Date.now() - settledMs;
    const config = files.map((file) => plainTextOf(file) ?? "").join("\n");
    const { gitlinks: named, isSplit } = indexOf(repository, config);
    const gitlinks = named !== null && named.length > mostFolders ? null : named;
    const workTrees = gitlinks?.length === 0 ? [] : workTreesIn(config, repository);
    const read = { stamp, gitlinks, workTrees };
    if (!isSplit && stats.every((one) => (one?.ctimeMs ?? 0) < youngest)) known.set(repository, read);
    else known.delete(repository);
    return read;
  };
};

/** Follows the indexes of a tree's repositories, which have to be known by their folders. */
export const createGitlinked = (root: string): ((starts: Starts) => Gitlinked) => {
  const read = createReader();
  return ({ folders, bare }) => {
    const starts = new Set(folders);
    const known = new Set(starts);
    const unread: string[] = [];
    const queue: { repository: string | null; tops: readonly string[] }[] = [
      ...bare.map((repository) => ({ repository, tops: [] })),
      ...folders.map((folder) => ({ repository: ownFolder(folder), tops: [folder] })),
    ];
    const follow = (path: string): void => {
      const isNew = path !== root && isWithin(path, root) && !known.has(path) && known.size < mostFolders;
      // Behind a link git sees no repository that its index names.
      if (!isNew || lookAt(join(path, ".git")) === null || realPathOf(path) !== path) return;
      known.add(path);
      queue.push({ repository: ownFolder(path), tops: [path] });
    };
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const found = next.repository === null ? null : read(next.repository);
      if (next.repository === null || found === null) continue;
      if (found.gitlinks === null) unread.push(join(next.repository, "index"));
      for (const top of new Set([...next.tops, ...found.workTrees]))
        for (const link of found.gitlinks ?? []) follow(join(top, link));
    }
    return { folders: [...known].slice(starts.size), unread };
  };
};
