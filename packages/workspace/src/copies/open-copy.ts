import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { createSnapshots } from "../snapshots/create-snapshots.ts";
import { gitComplaint, runGit } from "../snapshots/run-git.ts";
import { forgetCopy, storeDirIn } from "../snapshots/store.ts";
import { findUserRepository } from "../snapshots/user-repository.ts";
import { SnapshotError } from "../types.ts";

/*
 * A copy of a workspace for work beside it: a linked worktree with a branch of its own where the workspace is the top of a
 * repository, a plain folder where there is none. Its files are those of a snapshot, so what is not committed is in it
 * and what git ignores is not. The user's index, branches and stash are not touched.
 */

export type CopyPlan = {
  /** The workspace that is copied, a real path. */
  readonly root: string;
  /** Where the copy will be, absolute; must not exist. */
  readonly folder: string;
  /** The branch of the worktree. */
  readonly branch: string;
  /** The folder of the repository that knows the worktree; null for a plain folder. */
  readonly repository: string | null;
};

const git = async (repository: string, args: readonly string[], what: string): Promise<void> => {
  const result = await runGit(args, { cwd: repository });
  if (result.code !== 0) throw new SnapshotError(`cannot ${what}: ${gitComplaint(result)}`);
};

export type PlannedCopy =
  | { readonly ok: true; readonly plan: CopyPlan }
  /** One line with the remedy. */
  | { readonly ok: false; readonly message: string };

/** Looks at what a copy of `root` would be. Makes nothing. */
export const planCopy = async (root: string, folder: string, branch: string): Promise<PlannedCopy> => {
  const found = await findUserRepository(root);
  if (found === undefined) return { ok: true, plan: { root, folder, branch, repository: null } };
  if (found.topLevel !== root)
    return {
      ok: false,
      message: `the workspace is a folder inside the repository ${found.topLevel}; work there instead`,
    };
  const head = await runGit(["rev-parse", "--verify", "--quiet", "HEAD"], { cwd: root });
  if (head.code !== 0) return { ok: false, message: "the repository has no commit yet" };
  return { ok: true, plan: { root, folder, branch, repository: root } };
};

/** Makes the copy with the files of `tree`, which must be in the workspace's snapshots. Throws `SnapshotError`. */
export const makeCopy = async (plan: CopyPlan, tree: string, stateDir: string): Promise<void> => {
  const { root, folder, branch, repository } = plan;
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  if (repository === null) mkdirSync(folder, { mode: 0o700 });
  else {
    const add = ["worktree", "add", "--quiet", "--no-checkout", "--no-track", "-b", branch, folder, "HEAD"];
    await git(repository, add, "make a worktree");
    // The worktree's own index: without it all files would look deleted.
    await git(folder, ["read-tree", "HEAD"], "fill the worktree's index");
  }
  const storeDir = storeDirIn(stateDir);
  const snapshots = createSnapshots({ root: folder, storeDir, leaveOut: [stateDir], storeOf: root });
  await snapshots.restore(await snapshots.take(), tree);
};

/** Removes the copy, its worktree and its branch. What is gone already is no fault. */
export const removeCopy = async ({ root, folder, branch, repository }: CopyPlan, stateDir: string): Promise<void> => {
  if (repository !== null) {
    // Not `prune`: other worktrees are the user's.
    await runGit(["worktree", "remove", "--force", "--force", folder], { cwd: repository }).catch(() => null);
    await runGit(["branch", "--quiet", "-D", branch], { cwd: repository }).catch(() => null);
  }
  rmSync(folder, { recursive: true, force: true });
  forgetCopy(storeDirIn(stateDir), root, folder);
};
