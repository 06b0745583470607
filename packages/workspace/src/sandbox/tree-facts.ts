import { dirname, join } from "node:path";
import type { Guard, TreeFacts } from "./facts.ts";
import { homeFolder } from "./host-facts.ts";
import { isWithin, lookAt } from "./paths.ts";
import { treeGuards } from "./tree-guards.ts";
import { createTreeScan, type TreeScan } from "./tree-scan.ts";

/** The top of the repository around `root`; null when there is none or it is the home folder or above. */
const enclosingRepositoryOf = (root: string): string | null => {
  if (lookAt(join(root, ".git"))) return null;
  const home = homeFolder();
  for (let at = dirname(root); at !== dirname(at); at = dirname(at)) {
    if (home !== null && isWithin(home, at)) return null;
    if (lookAt(join(at, ".git"))) return at;
  }
  return null;
};

/** What is remembered of a tree between commands. */
type Tree = { readonly scan: () => Promise<TreeScan>; latest: TreeScan | null; readonly enclosing: string | null };

/**
 * Gathers what the plan needs to know of a tree, anew where commands may have changed it. A string says why the tree
 * cannot be protected. A tree that is mounted read-only needs no guards and is not looked through again.
 */
export const createTreeFacts = (): ((root: string, readOnly: boolean) => Promise<TreeFacts | string>) => {
  const trees = new Map<string, Tree>();

  const treeOf = (root: string): Tree => {
    const known = trees.get(root);
    if (known) return known;
    const tree: Tree = { scan: createTreeScan(root), latest: null, enclosing: enclosingRepositoryOf(root) };
    trees.set(root, tree);
    return tree;
  };

  return async (root, readOnly) => {
    const tree = treeOf(root);
    if (tree.latest === null || !readOnly) tree.latest = await tree.scan();
    const guarded = treeGuards(root, tree.latest);
    if (!guarded.ok) return guarded.message;
    const guards: Guard[] = readOnly ? guarded.guards.filter((guard) => guard.how === "writable") : guarded.guards;
    return { root, guards, concealed: tree.latest.concealed, enclosingRepository: tree.enclosing };
  };
};
