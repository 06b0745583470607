import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Guard } from "./facts.ts";
import { isWithin, lookAt, realPathOf } from "./paths.ts";

/*
 * git runs programs named in its configuration and hooks, and follows several redirections to other folders where it
 * looks for those. Whoever can write one of them runs code outside of the sandbox the next time somebody calls git.
 * What stays writable is what commit, branch, stash and rebase need.
 */

/** Guards, or why the tree cannot be protected. */
export type GuardsFound =
  | { readonly ok: true; readonly guards: Guard[] }
  | { readonly ok: false; readonly message: string };

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

const symlinked = (path: string): GuardsFound => ({
  ok: false,
  message: `${path} is a symbolic link, which a command could exchange unnoticed. Replace it by what it points to, or run with full access.`,
});

const repositoryEntries = ["hooks", "config", "config.worktree", "commondir", "info", "worktrees", "modules"] as const;

const whenAbsent = (path: string, entry: (typeof repositoryEntries)[number], config: string): Guard | null => {
  switch (entry) {
    case "hooks":
    case "info":
    case "modules":
      return { path, how: "placeholder-folder" };
    case "config":
      return { path, how: "placeholder-file", content: "" };
    case "config.worktree":
      return /worktreeconfig/i.test(config) ? { path, how: "placeholder-file", content: "" } : null;
    case "commondir":
      // An empty one is an error to git; "." names the repository itself.
      return { path, how: "placeholder-file", content: "." };
    case "worktrees":
      return null;
  }
};

/** Repositories of submodules: every folder below `modules` that has a HEAD. Their folders are pinned. */
const moduleGuards = (folder: string, nesting: number): GuardsFound => {
  const guards: Guard[] = [{ path: folder, how: "pin" }];
  if (nesting > 8) return { ok: true, guards };
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) return symlinked(path);
    if (!entry.isDirectory()) continue;
    const found = lookAt(join(path, "HEAD")) ? repositoryGuards(path, nesting + 1) : moduleGuards(path, nesting + 1);
    if (!found.ok) return found;
    guards.push(...found.guards);
  }
  return { ok: true, guards };
};

/** Guards of a repository's folder (`.git`, or a bare one). */
export const repositoryGuards = (gitFolder: string, nesting = 0): GuardsFound => {
  const guards: Guard[] = [{ path: gitFolder, how: "pin" }];
  const config = textOf(join(gitFolder, "config"));
  for (const entry of repositoryEntries) {
    const path = join(gitFolder, entry);
    const there = lookAt(path);
    if (there?.isSymbolicLink()) return symlinked(path);
    if (there && entry === "modules") {
      const modules = moduleGuards(path, nesting);
      if (!modules.ok) return modules;
      guards.push(...modules.guards);
      continue;
    }
    const guard: Guard | null = there ? { path, how: "read-only" } : whenAbsent(path, entry, config);
    if (guard) guards.push(guard);
  }
  return { ok: true, guards };
};

/** The in-tree folder that the configuration names for hooks, if any. */
export const hooksPathOf = (treeRoot: string): string | null => {
  const named = /^\s*hookspath\s*=\s*"?([^"\n#;]+)"?/im.exec(textOf(join(treeRoot, ".git", "config")))?.[1]?.trim();
  const path = named ? resolve(treeRoot, named) : null;
  return path !== null && path !== treeRoot && isWithin(path, treeRoot) ? path : null;
};

/**
 * Guards of a linked worktree's repository, which lies outside of the tree. It becomes writable only if it names this
 * tree back: a `.git` file that came with an archive must not open a folder of its choice.
 */
const worktreeGuards = (gitFile: string): Guard[] => {
  const named = /^gitdir:\s*(.+)$/m.exec(textOf(gitFile))?.[1]?.trim();
  const own = named ? realPathOf(resolve(dirname(gitFile), named)) : null;
  if (own === null) return [];
  const back = textOf(join(own, "gitdir")).trim();
  const common = realPathOf(resolve(own, textOf(join(own, "commondir")).trim() || "."));
  if (back === "" || common === null || realPathOf(resolve(own, back)) !== gitFile) return [];
  if (dirname(own) !== join(common, "worktrees") || !lookAt(join(common, "HEAD"))) return [];
  const repository = repositoryGuards(common);
  if (!repository.ok) return [];
  const redirections = ["commondir", "gitdir", "config.worktree"].map((entry) => join(own, entry));
  return [
    ...repository.guards.map((guard): Guard => (guard.path === common ? { path: common, how: "writable" } : guard)),
    { path: own, how: "writable" },
    ...redirections.filter((path) => lookAt(path) !== null).map((path): Guard => ({ path, how: "read-only" })),
  ];
};

/** Guards for `.git` of a tree or of a repository nested in it. Without one, `absent` decides. */
export const gitGuards = (folder: string, absent: "placeholder" | "nothing"): GuardsFound => {
  const path = join(folder, ".git");
  const there = lookAt(path);
  if (!there) return { ok: true, guards: absent === "placeholder" ? [{ path, how: "placeholder-folder" }] : [] };
  if (there.isSymbolicLink()) return symlinked(path);
  if (there.isDirectory()) return repositoryGuards(path);
  return { ok: true, guards: [{ path, how: "read-only" }, ...worktreeGuards(path)] };
};
