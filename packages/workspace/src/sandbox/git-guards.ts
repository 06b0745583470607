import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Guard } from "./facts.ts";
import { isWithin, lookAt, plainTextOf, realPathOf } from "./paths.ts";

/*
 * git runs programs named in its configuration and hooks, and follows several redirections to other folders where it
 * looks for those. Whoever can write one of them runs code outside of the sandbox the next time somebody calls git.
 * What stays writable is what commit, branch, stash and rebase need.
 */

/** Guards, or why the tree cannot be protected. */
export type GuardsFound =
  | { readonly ok: true; readonly guards: Guard[] }
  | { readonly ok: false; readonly message: string };

const textOf = (path: string): string => plainTextOf(path) ?? "";

/** A link that commands could exchange cannot be protected. */
export const symlinked = (path: string): GuardsFound => ({
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
      // `git worktree add` makes it.
      return null;
  }
};

/** Repositories of submodules: every folder below `modules` that has a HEAD. Their folders are pinned. */
const moduleGuards = (folder: string, around: Around, nesting: number): GuardsFound => {
  const guards: Guard[] = [{ path: folder, how: "pin" }];
  if (nesting > 8) return { ok: true, guards };
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) return symlinked(path);
    if (!entry.isDirectory()) continue;
    const found = lookAt(join(path, "HEAD"))
      ? repositoryGuards(path, around, nesting + 1)
      : moduleGuards(path, around, nesting + 1);
    if (!found.ok) return found;
    guards.push(...found.guards);
  }
  return { ok: true, guards };
};

/** What a repository's guards depend on: the tree that commands may write, and repositories that they made themselves. */
export type Around = { readonly root: string; isMade(path: string): boolean };

const redirections = ["commondir", "gitdir", "config.worktree", "modules"] as const;

/**
 * Folders of linked worktrees. git takes what `commondir` and `config.worktree` say for configuration, so those of the
 * user's are read-only, and all of the folder where the worktree lies elsewhere: git would prune what it cannot see.
 * New ones can be added, and those that commands added can go again.
 */
const worktreesGuards = (folder: string, config: string, around: Around): GuardsFound => {
  const guards: Guard[] = [{ path: folder, how: "pin" }];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (around.isMade(path)) continue;
    if (entry.isSymbolicLink()) return symlinked(path);
    const workTree = textOf(join(path, "gitdir")).trim();
    if (!entry.isDirectory() || !isWithin(realPathOf(resolve(path, workTree)) ?? "/", around.root)) {
      guards.push({ path, how: "read-only" });
      continue;
    }
    guards.push({ path, how: "pin" });
    const there = redirections.map((name) => join(path, name)).filter((at) => lookAt(at) !== null);
    guards.push(...there.map((at): Guard => ({ path: at, how: "read-only" })));
    const own = whenAbsent(join(path, "config.worktree"), "config.worktree", config);
    if (own && !there.includes(own.path)) guards.push(own);
  }
  return { ok: true, guards };
};

/** Guards of a repository's folder (`.git`, or a bare one). */
export const repositoryGuards = (gitFolder: string, around: Around, nesting = 0): GuardsFound => {
  const guards: Guard[] = [{ path: gitFolder, how: "pin" }];
  const config = textOf(join(gitFolder, "config"));
  for (const entry of repositoryEntries) {
    const path = join(gitFolder, entry);
    const there = lookAt(path);
    if (there?.isSymbolicLink()) return symlinked(path);
    if (there?.isDirectory() && (entry === "modules" || entry === "worktrees")) {
      const more = entry === "modules" ? moduleGuards(path, around, nesting) : worktreesGuards(path, config, around);
      if (!more.ok) return more;
      guards.push(...more.guards);
      continue;
    }
    const guard: Guard | null = there ? { path, how: "read-only" } : whenAbsent(path, entry, config);
    if (guard) guards.push(guard);
  }
  return { ok: true, guards };
};

/**
 * The repository of the linked worktree with this `.git` file, and its own folder there. Null unless that names the
 * file back: one that came with an archive must not open a folder of its choice.
 */
export const linkedRepository = (gitFile: string): { readonly own: string; readonly common: string } | null => {
  const named = /^gitdir:\s*(.+)$/m.exec(textOf(gitFile))?.[1]?.trim();
  const own = named ? realPathOf(resolve(dirname(gitFile), named)) : null;
  if (own === null) return null;
  const back = textOf(join(own, "gitdir")).trim();
  const common = realPathOf(resolve(own, textOf(join(own, "commondir")).trim() || "."));
  if (back === "" || common === null || realPathOf(resolve(own, back)) !== gitFile) return null;
  return dirname(own) === join(common, "worktrees") && lookAt(join(common, "HEAD")) ? { own, common } : null;
};

const worktreeGuards = (gitFile: string, around: Around): Guard[] => {
  const linked = linkedRepository(gitFile);
  if (linked === null || isWithin(linked.common, around.root)) return [];
  const { own, common } = linked;
  const repository = repositoryGuards(common, around);
  if (!repository.ok) return [];
  // Outside of the tree nothing is mounted writable yet.
  return repository.guards.map(
    (guard): Guard => (guard.path === common || guard.path === own ? { path: guard.path, how: "writable" } : guard),
  );
};

/** Folders of repositories outside of the tree that a linked worktree in this folder needs to see. */
export const repositoryOutside = (folder: string, around: Around): Guard[] => {
  const path = join(folder, ".git");
  return lookAt(path)?.isFile() ? worktreeGuards(path, around).filter(({ how }) => how === "writable") : [];
};

/** Guards for `.git` of a tree or of a repository nested in it. Without one, `absent` decides. */
export const gitGuards = (folder: string, absent: "placeholder" | "nothing", around: Around): GuardsFound => {
  const path = join(folder, ".git");
  const there = lookAt(path);
  if (!there) return { ok: true, guards: absent === "placeholder" ? [{ path, how: "placeholder-folder" }] : [] };
  if (there.isSymbolicLink()) return symlinked(path);
  // No repository, such as what keeps another process's place: nothing may become of it.
  if (there.isDirectory() && !lookAt(join(path, "HEAD"))) return { ok: true, guards: [{ path, how: "read-only" }] };
  if (there.isDirectory()) return repositoryGuards(path, around);
  return { ok: true, guards: [{ path, how: "read-only" }, ...worktreeGuards(path, around)] };
};
