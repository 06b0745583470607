import { statSync } from "node:fs";
import { join } from "node:path";
import { SnapshotError, type Snapshots } from "../types.ts";
import { mergeTrees } from "./merge-trees.ts";
import { openPrivateIndex } from "./private-index.ts";
import { pruneInBackground } from "./prune-store.ts";
import { restoreTree } from "./restore-tree.ts";
import { openStore, refreshExcludes, type Store } from "./store.ts";
import { runOnStore, settleIndex, type TakeState, takeTree } from "./take-tree.ts";
import { asChangedFile, compareTrees, countLines, diffTrees } from "./tree-changes.ts";
import { findGlobalExcludes, findUserRepository } from "./user-repository.ts";

export type SnapshotsOptions = {
  /** Real absolute path of the workspace. */
  readonly root: string;
  /** Absolute folder for stores, one a workspace in it; made when the first snapshot is taken. */
  readonly storeDir: string;
  /** Absolute folders that are no part of a snapshot although they lie inside the workspace (our own state). */
  readonly leaveOut?: readonly string[];
  /** The workspace whose store is used, when this is a copy of it: what one has taken the other can restore. */
  readonly storeOf?: string;
};

/** A snapshot of an unchanged tree that takes longer shows that times do not tell which files are unchanged. */
const slowTakeMs = 100;

const identityOf = (path: string): string => {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.dev}:${stats.ino}`;
};

/** A store has one list of what is left out; a copy obeys the one of its workspace. */
const refresh = ({ root, storeOf = root }: SnapshotsOptions, store: Store, leftOut: readonly string[]): boolean =>
  storeOf === root && refreshExcludes(store, leftOut);

const openState = async (options: SnapshotsOptions, leftOut: readonly string[]): Promise<TakeState> => {
  const { root, storeDir, storeOf = root } = options;
  const [repository, globalExcludes] = await Promise.all([findUserRepository(root), findGlobalExcludes(root)]);
  const store = await openStore({ root, storeOf }, storeDir, repository, globalExcludes);
  refresh(options, store, leftOut);
  const index = openPrivateIndex(store.sharedIndex);
  return { root, store, index, last: undefined, userIndex: undefined, rulesChanged: true };
};

/**
 * Snapshots of one workspace in a private bare git repository. What is in one: every file that git would not ignore
 * (`.gitignore`, the repository's `info/exclude`, the person's global ignore file, but tracked files always), its
 * exact bytes whatever attributes say, symlinks as such, the execute bit; files of any size, and the files of nested
 * repositories and submodules without their `.git`. What is not: empty folders, other permission bits, owners, times,
 * sockets and devices, folders that cannot be read; in a folder without a repository also what tools make again
 * (`node_modules`, `.venv`, `target`, …, listed in store.ts). A file that cannot be read fails the snapshot by name.
 *
 * Changes are found by size, times and inode as git does, and by content where times cannot tell; only an edit in place
 * of the same size, in the same second as the file's last change of state, whose modification time is then set back to
 * a second before, stays unseen.
 *
 * Calls on one object run one after another. Several processes may use the same store. Content that the user's
 * repository has is borrowed from it, so a snapshot can lose content that the user prunes there.
 */
export const createSnapshots = (options: SnapshotsOptions): Snapshots => {
  const leftOut = [options.storeDir, ...(options.leaveOut ?? [])];
  const dotGit = join(options.root, ".git");
  let opened: { readonly state: TakeState; readonly dotGit: string } | undefined;
  let tail: Promise<unknown> = Promise.resolve();

  const serially = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  };
  const ready = async (): Promise<TakeState> => {
    const identity = identityOf(dotGit);
    // A command may have made the folder a repository meanwhile.
    if (opened?.dotGit !== identity) opened = { state: await openState(options, leftOut), dotGit: identity };
    return opened.state;
  };
  const guarded = <T>(work: (state: TakeState) => Promise<T>): Promise<T> =>
    serially(async () => {
      try {
        return await work(await ready());
      } catch (error) {
        if (error instanceof SnapshotError) throw error;
        const { code, message } =
          error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
        throw new SnapshotError(`the snapshot store ${options.storeDir} cannot be used (${code ?? message})`);
      }
    });

  let pruned = false;
  const take = async (state: TakeState): Promise<string> => {
    if (refresh(options, state.store, leftOut)) state.rulesChanged = true;
    const before = state.last;
    const start = performance.now();
    const tree = await takeTree(state);
    if (before !== undefined && before === state.last && performance.now() - start > slowTakeMs)
      void serially(() => settleIndex(state)).catch(() => {});
    if (!pruned) pruneInBackground(state);
    pruned = true;
    return tree;
  };

  return {
    take: () => guarded(take),
    changes: (from, to) =>
      guarded(async (state) => (await compareTrees((args) => runOnStore(state, args), from, to)).map(asChangedFile)),
    diff: (from, to) => guarded((state) => diffTrees((args) => runOnStore(state, args), from, to)),
    countLines: (from, to) => guarded((state) => countLines((args) => runOnStore(state, args), from, to)),
    restore: (current, tree, paths) => guarded((state) => restoreTree(state, { current, tree, paths })),
    merge: (request) => guarded((state) => mergeTrees(state, request)),
  };
};
