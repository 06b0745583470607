import { statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Concealment, createConcealment } from "./concealment.ts";
import { enclosingRepositoryOf } from "./enclosing-repository.ts";
import type { Guard, SandboxFacts, TreeFacts } from "./facts.ts";
import { repositoryOutside } from "./git-guards.ts";
import { createGitlinked, type Gitlinked, type Starts } from "./gitlinked.ts";
import { findPlanted } from "./inspection.ts";
import { createMemory, type Memory } from "./look.ts";
import { foldersBetween, isWithin, lookAt } from "./paths.ts";
import type { Finding } from "./planted.ts";
import { quarantine } from "./quarantine.ts";
import { isText, namesIn } from "./raw-names.ts";
import { openUp } from "./steps.ts";
import { repositoriesOf, repositoryOf, type Survey, surveyOf } from "./survey.ts";
import { rarerConfiguration, type TreeContent, treeGuards } from "./tree-guards.ts";
import { createTreeScan, folderLimit, secretFile, type TreeScan } from "./tree-scan.ts";

/**
 * What is remembered of a tree between commands. Repositories that were there at rest are the user's and are guarded;
 * those that appeared while commands ran are `made` by them: these may change and remove them, and each is looked at
 * after every command.
 */
type Tree = {
  readonly root: string;
  readonly scan: () => Promise<TreeScan>;
  readonly gitlinked: (starts: Starts) => Gitlinked;
  latest: Survey | null;
  readonly concealment: Concealment;
  readonly enclosing: string | null;
  /** Of files beside the folders between the enclosing repository's top and the root. */
  readonly concealedAbove: Concealment | null;
  readonly memory: Memory;
  readonly seen: Set<string>;
  readonly made: Set<string>;
  running: number;
  saidPartial: boolean;
};

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

const secretsIn = (folder: string): string[] => {
  try {
    return namesIn(folder)
      .filter((name) => secretFile.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
};

/** Beside the root and above it, as far as its repository goes. */
const reachableAbove = ({ root, enclosing, concealedAbove }: Tree): string[] => {
  if (enclosing === null || concealedAbove === null) return [];
  const top = dirname(enclosing);
  concealedAbove.note([top, ...foldersBetween(top, root)].flatMap(secretsIn), false);
  return concealedAbove.paths().filter((path) => lookAt(path) !== null);
};

export type Surroundings = {
  readonly hidden: SandboxFacts["hidden"];
  readonly sockets: readonly string[];
  /** What is mounted by its path, which must stay where it is. */
  readonly mounted: readonly string[];
};

/** Where nothing is written nothing needs a guard. */
const outsideOf = (content: TreeContent): Guard[] =>
  [content.root, ...content.nested].flatMap((folder) => repositoryOutside(folder, content));

const factsOf = (tree: Tree, survey: Survey, readOnly: boolean, around: Surroundings): TreeFacts | string => {
  const { root, enclosing, made } = tree;
  const isMade = (path: string): boolean => made.has(path);
  const nested = survey.nested.filter((folder) => isText(folder) && !isMade(join(folder, ".git")));
  const concealed = reachable(tree);
  const unmountable = concealed.find((path) => !isText(path));
  if (unmountable !== undefined) {
    return `${unmountable.toWellFormed()} cannot be concealed, for its name or that of a folder on the way is not UTF-8. Rename that, or run with full access.`;
  }
  // A socket's path is where it was bound, so nothing may move it.
  const sockets = readOnly ? [] : around.sockets;
  const fixed = [...around.hidden.map(({ path }) => path), ...around.mounted, ...sockets].filter(
    (path) => path !== root && isWithin(path, root),
  );
  const content = { root, nested, concealed: [...concealed, ...fixed], isMade };
  const guarded = readOnly ? { ok: true as const, guards: outsideOf(content) } : treeGuards(content);
  if (!guarded.ok) return guarded.message;
  const { guards } = guarded;
  const above = reachableAbove(tree).filter(isText);
  return { root, guards, concealed: [...concealed, ...above], enclosingRepository: enclosing };
};

/** A command that writes to a tree, as far as is needed to look through what it leaves. */
export type Writing = {
  readonly root: string;
  readonly startedMs: number;
  /** Repositories and configuration that were there, and which of them commands had made. */
  readonly before: readonly string[];
  readonly made: readonly string[];
  /** What it could not change. */
  readonly closed: readonly string[];
};

const presentConfiguration = (root: string): string[] =>
  rarerConfiguration.map((name) => join(root, name)).filter((path) => lookAt(path) !== null);

const deepestShut = 30;

/** Looks through the tree, and into folders that a command has shut so that nobody would. */
const surveyAll = async (tree: Tree): Promise<Survey> => {
  let scan = await tree.scan();
  for (let round = 0; scan.shut.length > 0 && round < deepestShut; round += 1) {
    for (const path of scan.shut) openUp(path, tree.root);
    scan = await tree.scan();
  }
  tree.latest = surveyOf(tree, scan, tree.gitlinked);
  return tree.latest;
};

const partialNotice = (root: string): string =>
  `${root} has more folders than are looked through (${folderLimit}): for what commands planted fettle has looked in those, and in all repositories that were known or that git goes into, and not in the others`;

/** What a command has left in a tree that git would act on, found and put aside. */
const inspectTree = async (tree: Tree, writing: Writing): Promise<string[]> => {
  const { root } = tree;
  const before = new Set(writing.before);
  const survey = await surveyAll(tree);
  note(tree, repositoriesOf(root, survey), true);
  tree.concealment.note(survey.scan.secrets, true);
  // What commands have made stays theirs: its parts may be moved about, and then seem old.
  const isNew = (path: string): boolean => tree.made.has(path) || (tree.seen.has(path) && !before.has(path));
  const { folder, outside } = repositoryOf(root);
  const places = outside ? [folder] : [];
  const { nested, bare, unread, scan } = survey;
  const findings: Finding[] = [
    ...(await findPlanted(
      { own: folder, outside: places, nested, bare, unread },
      { root, startedMs: writing.startedMs, isNew },
      tree.memory,
    )),
    ...presentConfiguration(root)
      .filter((path) => !before.has(path))
      .map((path): Finding => ({ path, why: "configuration that runs code", how: "rename" })),
    ...scan.leadingOut.map((path): Finding => ({ path, why: "a link into the commands' own folder", how: "rename" })),
  ];
  const planted = findings.filter(({ path }) => !writing.closed.some((place) => isWithin(path, place)));
  const told = planted.length === 0 ? [] : quarantine(planted, [root, ...places]);
  // A great many folders would be a way to hide one.
  if (!scan.isPartial || tree.saidPartial) return told;
  tree.saidPartial = true;
  return [...told, partialNotice(root)];
};

export type Trees = {
  /**
   * What the plan needs to know of a tree, anew where commands may have changed it. A string says why the tree cannot
   * be protected. A tree that is mounted read-only needs no guards and is not looked through again.
   */
  facts(root: string, readOnly: boolean, around: Surroundings): Promise<TreeFacts | string>;
  /** To be called when a command is about to write to these trees; `ended` and then `inspect`, once it has ended. */
  watch(trees: readonly TreeFacts[]): {
    readonly writings: readonly Writing[];
    ended(): void;
    inspect(): Promise<readonly string[]>;
  };
  /** Looks through what a command of another process left that did not come to look itself. */
  inspectLeft(writing: Writing): Promise<readonly string[]>;
};

/** Now, by the clock of file systems: it may be a tick behind ours, and what changed before must not seem later. */
const fileClockMs = (folder: string): number => {
  utimesSync(folder, new Date(), new Date());
  return statSync(folder).ctimeMs;
};

const createTree = (root: string, temp: string): Tree => {
  const enclosing = enclosingRepositoryOf(root);
  const outside = repositoryOf(root);
  return {
    root,
    scan: createTreeScan(root, temp),
    gitlinked: createGitlinked(root),
    latest: null,
    concealment: createConcealment(root),
    enclosing,
    concealedAbove: enclosing === null ? null : createConcealment(dirname(enclosing)),
    memory: createMemory(outside.outside ? [root, outside.folder] : [root]),
    seen: new Set(),
    made: new Set(),
    running: 0,
    saidPartial: false,
  };
};

/** The trees of one thread. `temp` is its private temporary folder's place on the host. */
export const createTrees = (temp: () => string): Trees => {
  const trees = new Map<string, Tree>();

  const treeOf = (root: string): Tree => {
    const tree = trees.get(root) ?? createTree(root, temp());
    trees.set(root, tree);
    return tree;
  };

  return {
    async facts(root, readOnly, around) {
      const tree = treeOf(root);
      if (tree.latest === null || !readOnly) {
        tree.latest = surveyOf(tree, await tree.scan(), tree.gitlinked);
        note(tree, repositoriesOf(root, tree.latest), tree.running > 0);
        tree.concealment.note(tree.latest.scan.secrets, tree.running > 0);
      }
      return factsOf(tree, tree.latest, readOnly, around);
    },
    watch(list) {
      const startedMs = fileClockMs(temp());
      const watched = list.map(({ root, guards }) => {
        const tree = treeOf(root);
        tree.running += 1;
        const before = [...tree.seen, ...presentConfiguration(root)];
        const closed = guards.filter(({ how }) => how !== "pin" && how !== "writable").map(({ path }) => path);
        return { tree, writing: { root, startedMs, before, made: [...tree.made], closed } };
      });
      let ended = false;
      return {
        writings: watched.map(({ writing }) => writing),
        ended() {
          if (!ended) for (const { tree } of watched) tree.running -= 1;
          ended = true;
        },
        async inspect() {
          const notices: string[] = [];
          for (const { tree, writing } of watched) notices.push(...(await inspectTree(tree, writing)));
          return notices;
        },
      };
    },
    async inspectLeft(writing) {
      const tree = createTree(writing.root, temp());
      for (const path of writing.before) tree.seen.add(path);
      for (const path of writing.made) tree.made.add(path);
      return inspectTree(tree, writing);
    },
  };
};
