import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { linkedRepository } from "./git-guards.ts";
import type { Gitlinked, Starts } from "./gitlinked.ts";
import { isWithin, lookAt } from "./paths.ts";
import type { TreeScan } from "./tree-scan.ts";

/** The repositories of a tree, found by looking through its folders and by what git's indexes name. */
export type Survey = {
  readonly scan: TreeScan;
  /** Folders below the root with a `.git`. */
  readonly nested: readonly string[];
  readonly bare: readonly string[];
  /** Indexes that cannot be read. */
  readonly unread: readonly string[];
};

/** The repository that a tree's `.git` is or, in a linked worktree, leads to outside of it. */
export const repositoryOf = (root: string): { readonly folder: string; readonly outside: boolean } => {
  const path = join(root, ".git");
  const linked = lookAt(path)?.isFile() ? linkedRepository(path) : null;
  return linked && !isWithin(linked.common, root)
    ? { folder: linked.common, outside: true }
    : { folder: path, outside: false };
};

const linkedWorktrees = (root: string): string[] => {
  try {
    const folder = join(repositoryOf(root).folder, "worktrees");
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
};

/** The paths by which repositories are known between commands. */
export const repositoriesOf = (root: string, { nested, bare }: Survey): string[] => [
  ...nested.map((folder) => join(folder, ".git")),
  ...bare,
  ...linkedWorktrees(root),
];

/** What is known of a tree that not all of can be looked through. */
const stillThere = (seen: ReadonlySet<string>): { nested: string[]; bare: string[] } => {
  const there = [...seen].filter((path) => lookAt(path) !== null);
  return {
    nested: there.filter((path) => basename(path) === ".git").map((path) => dirname(path)),
    bare: there.filter(
      (path) =>
        basename(path) !== ".git" && basename(dirname(path)) !== "worktrees" && lookAt(join(path, "HEAD")) !== null,
    ),
  };
};

/** `seen`: repositories that were there before. */
export const surveyOf = (
  tree: { readonly root: string; readonly enclosing: string | null; readonly seen: ReadonlySet<string> },
  scan: TreeScan,
  gitlinked: (starts: Starts) => Gitlinked,
): Survey => {
  const known = scan.isPartial ? stillThere(tree.seen) : { nested: [], bare: [] };
  const nested = [...new Set([...scan.nested, ...known.nested])];
  const bare = [...new Set([...scan.bare, ...known.bare])];
  const above = tree.enclosing === null ? [] : [dirname(tree.enclosing)];
  const { folders, unread } = gitlinked({ folders: [tree.root, ...above, ...nested], bare });
  return { scan, nested: [...nested, ...folders], bare, unread };
};
