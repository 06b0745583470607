import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CopyPlan, makeCopy, planCopy, removeCopy } from "@fettle/workspace";
import * as z from "zod/mini";
import { isLocked } from "../thread/lock.ts";
import { ephemeralRoot, logPathOf, threadFiles } from "../thread/thread-files.ts";

/*
 * FETTLE_HOME/worktrees/<id>/: the copy that a helper writes in; <id>.json beside it says whose it is, so that what a
 * killed process left can go.
 */

const ownerFile = z.strictObject({
  /** The thread that the helper works for. */
  parent: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
  root: z.string(),
  branch: z.string().check(z.regex(/^fettle\/[0-9a-f]{8}$/)),
  repository: z.nullable(z.string()),
});

/** Its real path, as git and the sandbox name it. */
const worktrees = (home: string): string => join(realpathSync(home), "worktrees");
const idPattern = /^([0-9a-f]{8})\.json$/;

export type HelperCopy = { readonly plan: CopyPlan; close(): Promise<void> };
export type OpenedCopy =
  | { readonly ok: true; readonly copy: HelperCopy }
  | { readonly ok: false; readonly message: string };

const removeWith = async (plan: CopyPlan, owner: string, home: string): Promise<void> => {
  await removeCopy(plan, home);
  rmSync(owner, { force: true });
};

/** Makes a copy of the workspace `root` with the files of `tree`. Throws `SnapshotError` when it cannot be made. */
export const openCopy = async (home: string, root: string, tree: string, parent: string): Promise<OpenedCopy> => {
  const id = crypto.randomUUID().slice(0, 8);
  const folder = join(worktrees(home), id);
  const planned = await planCopy(root, folder, `fettle/${id}`);
  if (!planned.ok) return planned;
  const { plan } = planned;
  const owner = `${folder}.json`;
  mkdirSync(worktrees(home), { recursive: true, mode: 0o700 });
  const { branch, repository } = plan;
  writeFileSync(owner, `${JSON.stringify({ parent, root, branch, repository })}\n`, { mode: 0o600, flag: "wx" });
  try {
    await makeCopy(plan, tree, home);
  } catch (error) {
    await removeWith(plan, owner, home);
    throw error;
  }
  return { ok: true, copy: { plan, close: () => removeWith(plan, owner, home) } };
};

const isAtWork = (home: string, parent: string): boolean =>
  [logPathOf(home, parent), join(ephemeralRoot(home), `${parent}.jsonl`)].some((log) =>
    isLocked(threadFiles(log).folder),
  );

/** Removes copies whose thread nobody works on any more. What cannot be removed stays for the next time. */
export const sweepCopies = async (home: string, own: string): Promise<void> => {
  if (!existsSync(worktrees(home))) return;
  for (const name of readdirSync(worktrees(home))) {
    const id = idPattern.exec(name)?.[1];
    if (id === undefined) continue;
    const folder = join(worktrees(home), id);
    try {
      const { parent, ...plan } = ownerFile.parse(JSON.parse(readFileSync(`${folder}.json`, "utf8")));
      if (parent !== own && isAtWork(home, parent)) continue;
      await removeWith({ ...plan, folder }, `${folder}.json`, home);
    } catch {
      // Another process sweeps too, or is writing this file right now.
    }
  }
};
