import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Place } from "./frame.ts";

/** The file that names the branch: in the repository's own folder, or where a worktree's `.git` file points to. */
const headOf = (folder: string): string | null => {
  for (let at = folder; ; at = dirname(at)) {
    const git = join(at, ".git");
    const stat = statSync(git, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) return join(git, "HEAD");
    if (stat?.isFile() === true) {
      const [, target] = /^gitdir: (.+)/.exec(readFileSync(git, "utf8")) ?? [];
      return target === undefined ? null : join(resolve(at, target.trim()), "HEAD");
    }
    if (dirname(at) === at) return null;
  }
};

/** A folder as the footer shows it, with its branch; read from the files of git, for a process takes too long. */
export const placeOf = (cwd: string, userHome: string | undefined): Place => {
  const home = userHome ?? "";
  const inHome = home !== "" && (cwd === home || cwd.startsWith(`${home}/`));
  const folder = inHome ? `~${cwd.slice(home.length)}` : cwd;
  try {
    const head = headOf(cwd);
    const text = head === null ? "" : readFileSync(head, "utf8").trim();
    if (text === "") return { folder, branch: null };
    return { folder, branch: /^ref: refs\/heads\/(.+)$/.exec(text)?.[1] ?? text.slice(0, 8) };
  } catch {
    return { folder, branch: null };
  }
};
