import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Concealment, createConcealment } from "./concealment.ts";
import { enclosingRepositoryOf } from "./enclosing-repository.ts";
import type { Guard, SandboxFacts, TreeFacts } from "./facts.ts";
import { linkedRepository } from "./git-guards.ts";
import { homeFolder, listeningSockets, userGitSettings } from "./host-facts.ts";
import { foldersBetween, isWithin, lookAt } from "./paths.ts";
import { type Finding, gitEntryFindings, repositoryFindings } from "./planted.ts";
import { openUp, quarantine } from "./quarantine.ts";
import { rarerConfiguration, treeGuards } from "./tree-guards.ts";
import { createTreeScan, type TreeScan } from "./tree-scan.ts";

/**
 * What is remembered of a tree between commands. Repositories that were there at rest are the user's and are guarded;
 * those that appeared while commands ran are `made` by them: these may change and remove them, and each is looked at
 * after every command.
 */
type Tree = {
  readonly root: string;
  readonly scan: () => Promise<TreeScan>;
  latest: TreeScan | null;
  readonly concealment: Concealment;
  readonly enclosing: string | null;
  readonly userConfig: string;
  readonly seen: Set<string>;
  readonly made: Set<string>;
  running: number;
};

/** The repository that a tree's `.git` is or, in a linked worktree, leads to outside of it. */
const repositoryOf = (root: string): { readonly folder: string; readonly outside: boolean } => {
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

const repositoriesOf = (tree: Tree, scan: TreeScan): string[] => [
  ...scan.nested.map((folder) => join(folder, ".git")),
  ...scan.bare,
  ...linkedWorktrees(tree.root),
];

const note = (tree: Tree, repositories: readonly string[], madeByCommands: boolean): void => {
  const there = new Set(repositories);
  for (const path of tree.seen) {
    if (there.has(path)) continue;
    tree.seen.delete(path);
    tree.made.delete(path);
  }
  for (const path of there) {
    if (tree.seen.has(path)) continue;
    tree.seen.add(path);
    if (madeByCommands) tree.made.add(path);
  }
};

/** Files to conceal. A command may have shut a folder on the way, so that nothing could be mounted there. */
const reachable = ({ root, concealment }: Tree): string[] => {
  const paths = concealment.paths();
  for (const path of paths) {
    if (lookAt(path) === null) for (const folder of foldersBetween(root, path)) openUp(folder, root);
  }
  return paths.filter((path) => lookAt(path) !== null);
};

const factsOf = (tree: Tree, scan: TreeScan, readOnly: boolean, hidden: SandboxFacts["hidden"]): TreeFacts | string => {
  const { root, enclosing, userConfig, made } = tree;
  const isMade = (path: string): boolean => made.has(path);
  const nested = scan.nested.filter((folder) => !isMade(join(folder, ".git")));
  const concealed = reachable(tree);
  // A socket's path is where it was bound, so nothing may move it.
  const sockets = readOnly ? [] : listeningSockets();
  const fixed = [...hidden.map(({ path }) => path), ...sockets].filter((path) => isWithin(path, root));
  const guarded = treeGuards({ root, nested, concealed: [...concealed, ...fixed], userConfig, isMade });
  if (!guarded.ok) return guarded.message;
  const guards: Guard[] = readOnly ? guarded.guards.filter((guard) => guard.how === "writable") : guarded.guards;
  return { root, guards, concealed, enclosingRepository: enclosing };
};

type Watched = {
  readonly tree: Tree;
  /** Repositories and configuration that were there. */
  readonly before: ReadonlySet<string>;
  readonly guards: readonly Guard[];
};

const presentConfiguration = (root: string): string[] =>
  rarerConfiguration.map((name) => join(root, name)).filter((path) => lookAt(path) !== null);

const deepestShut = 30;

/** Looks through the tree, and into folders that a command has shut so that nobody would. */
const scanAll = async (tree: Tree): Promise<TreeScan> => {
  let scan = await tree.scan();
  for (let round = 0; scan.shut.length > 0 && round < deepestShut; round += 1) {
    for (const path of scan.shut) openUp(path, tree.root);
    scan = await tree.scan();
  }
  tree.latest = scan;
  return scan;
};

/** What a command has left in a tree that git would act on, found and put aside. */
const inspectTree = async ({ tree, before, guards }: Watched, startedMs: number): Promise<string[]> => {
  const wasPartial = tree.latest?.isPartial === true;
  const scan = await scanAll(tree);
  note(tree, repositoriesOf(tree, scan), true);
  tree.concealment.note(scan.secrets, true);
  // What commands have made stays theirs: its parts may be moved about, and then seem old.
  const isNew = (path: string): boolean => tree.made.has(path) || (tree.seen.has(path) && !before.has(path));
  const since = { root: tree.root, startedMs, isNew };
  const { folder, outside } = repositoryOf(tree.root);
  const places = outside ? [folder] : [];
  const findings: Finding[] = [
    ...repositoryFindings(folder, since),
    ...scan.nested.flatMap((nested) => gitEntryFindings(nested, since, places)),
    ...scan.bare.flatMap((bare) => repositoryFindings(bare, since)),
    ...presentConfiguration(tree.root)
      .filter((path) => !before.has(path))
      .map((path): Finding => ({ path, why: "configuration that runs code", how: "rename" })),
    ...scan.leadingOut.map((path): Finding => ({ path, why: "a link into the commands' own folder", how: "rename" })),
  ];
  const closed = guards.filter(({ how }) => how !== "pin" && how !== "writable").map(({ path }) => path);
  const planted = findings.filter(({ path }) => !closed.some((guard) => isWithin(path, guard)));
  const told = planted.length === 0 ? [] : quarantine(planted, [tree.root, ...places]);
  // A great many folders would be a way to hide one.
  const grown = scan.isPartial && !wasPartial;
  return grown ? [...told, `${tree.root} has too many folders to look for planted repositories in all of them`] : told;
};

export type Trees = {
  /**
   * What the plan needs to know of a tree, anew where commands may have changed it. A string says why the tree cannot
   * be protected. A tree that is mounted read-only needs no guards and is not looked through again.
   */
  facts(root: string, readOnly: boolean, hidden: SandboxFacts["hidden"]): Promise<TreeFacts | string>;
  /** To be called when a command is about to write to these trees; the result, once it has ended. */
  watch(trees: readonly TreeFacts[]): { ended(): void; inspect(): Promise<readonly string[]> };
};

/** A file system's clock may be a tick behind ours. */
const clockToleranceMs = 20;

/** The trees of one thread. `temp` is its private temporary folder's place on the host. */
export const createTrees = (temp: () => string): Trees => {
  const trees = new Map<string, Tree>();

  const treeOf = (root: string): Tree => {
    const known = trees.get(root);
    if (known) return known;
    const tree: Tree = {
      root,
      scan: createTreeScan(root, temp()),
      latest: null,
      concealment: createConcealment(root),
      enclosing: enclosingRepositoryOf(root),
      userConfig: userGitSettings(homeFolder()),
      seen: new Set(),
      made: new Set(),
      running: 0,
    };
    trees.set(root, tree);
    return tree;
  };

  return {
    async facts(root, readOnly, hidden) {
      const tree = treeOf(root);
      if (tree.latest === null || !readOnly) {
        tree.latest = await tree.scan();
        note(tree, repositoriesOf(tree, tree.latest), tree.running > 0);
        tree.concealment.note(tree.latest.secrets, tree.running > 0);
      }
      return factsOf(tree, tree.latest, readOnly, hidden);
    },
    watch(list) {
      const startedMs = Date.now() - clockToleranceMs;
      const watched = list.map(({ root, guards }): Watched => {
        const tree = treeOf(root);
        tree.running += 1;
        return { tree, before: new Set([...tree.seen, ...presentConfiguration(root)]), guards };
      });
      let ended = false;
      return {
        ended() {
          if (!ended) for (const { tree } of watched) tree.running -= 1;
          ended = true;
        },
        async inspect() {
          const notices: string[] = [];
          for (const one of watched) notices.push(...(await inspectTree(one, startedMs)));
          return notices;
        },
      };
    },
  };
};
