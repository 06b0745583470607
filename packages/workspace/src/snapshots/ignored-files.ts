import { lstatSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { type GitResult, runGit, splitNul } from "./run-git.ts";
import type { Store } from "./store.ts";

/*
 * A file that the user's repository tracks counts although a pattern ignores it. The private index does not know what
 * is tracked, so these few are asked for whenever the user's index changed, and added by name. The reverse: a file
 * that became ignored after it entered the private index has to leave it, or the tree of the same files would depend
 * on what was there before.
 */

/** True for a file, symlink or nothing at a path whose folders are real: git refuses to add beyond a symlink. */
const isAddable = (workTree: string, path: string): boolean => {
  const full = Buffer.from(join(workTree, "/"), "utf8").toString("latin1") + path;
  const folder = dirname(full);
  try {
    if (realpathSync(Buffer.from(folder, "latin1"), "latin1") !== folder) return false;
    return !lstatSync(Buffer.from(full, "latin1")).isDirectory();
  } catch {
    return false;
  }
};

/** Tracked but ignored files of the workspace that exist, relative to the work tree, as latin1 bytes. */
export const listTrackedIgnored = async (root: string, store: Store): Promise<string[]> => {
  const exclude = join(store.gitDir, "info", "exclude");
  const rules = ["--ignored", "--cached", "--exclude-standard", `--exclude-from=${exclude}`];
  const result = await runGit(["ls-files", "-z", "--full-name", ...rules, "--", "."], { cwd: root });
  return result.code === 0 ? splitNul(result.stdout).filter((path) => isAddable(store.workTree, path)) : [];
};

type RunOnStore = (args: readonly string[], input?: Buffer) => Promise<GitResult>;

/** Files in the private index that the rules now ignore, relative to the work tree, as latin1 bytes. */
export const listIgnoredEntries = async (run: RunOnStore): Promise<string[]> => {
  const result = await run(["ls-files", "-z", "--full-name", "--ignored", "--cached", "--exclude-standard"]);
  return result.code === 0 ? splitNul(result.stdout) : [];
};

/** True when two trees differ in an ignore file. */
export const ignoreRulesDiffer = async (run: RunOnStore, from: string, to: string): Promise<boolean> => {
  const result = await run(["diff-tree", "-r", "-z", "--name-only", "--no-renames", from, to]);
  return result.code !== 0 || splitNul(result.stdout).some((path) => /(?:^|\/)\.gitignore$/.test(path));
};
