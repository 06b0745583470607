import { readdirSync, readlinkSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isWithin, lookAt, plainTextOf, realPathOf } from "./paths.ts";
import { dangerousSetting } from "./planted-config.ts";

/*
 * What commands make inside a tree is not guarded while they run, and git obeys the configuration of whatever
 * repository one stands in. So each is looked at when a command has ended, before a person goes there.
 */

/** One thing that would make the user's git run a program or look elsewhere. */
export type Finding = {
  readonly path: string;
  readonly why: string;
  readonly how: "rename" | "drop-exec-lines" | "unlink";
};

/**
 * What counts as the command's doing: repositories at paths where none was when it started, and whatever has changed
 * since (the time of a change of status, which nobody can set back).
 */
export type Since = { readonly root: string; readonly startedMs: number; isNew(repository: string): boolean };

const entriesOf = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

type Suspect = { readonly path: string; readonly stats: Stats };

/** The entry, if there is one that the command may have put there. */
const suspect = (folder: string, name: string, isNew: boolean, since: Since): Suspect | null => {
  const path = join(folder, name);
  const stats = lookAt(path);
  return stats && (isNew || stats.ctimeMs >= since.startedMs) ? { path, stats } : null;
};

const inConfig = (folder: string, name: string, isNew: boolean, since: Since): Finding[] => {
  const found = suspect(folder, name, isNew, since);
  if (!found) return [];
  const text = plainTextOf(found.path);
  const setting = text === null ? "is not a plain file" : dangerousSetting(text, { folder, root: since.root });
  return setting === null ? [] : [{ path: found.path, why: setting, how: "rename" }];
};

const isProgram = (path: string): boolean => {
  try {
    return (statSync(path).mode & 0o111) !== 0;
  } catch {
    // A link to nowhere may lead somewhere later.
    return lookAt(path) !== null;
  }
};

const inHooks = (folder: string, isNew: boolean, since: Since): Finding[] => {
  const hooks = join(folder, "hooks");
  const there = lookAt(hooks);
  if (!there) return [];
  const changed = (path: string): boolean => isNew || (lookAt(path)?.ctimeMs ?? 0) >= since.startedMs;
  if (there.isSymbolicLink()) return changed(hooks) ? [{ path: hooks, why: "hooks elsewhere", how: "rename" }] : [];
  const hook = entriesOf(hooks).find((name) => {
    const path = join(hooks, name);
    return !name.endsWith(".sample") && isProgram(path) && (changed(path) || changed(hooks));
  });
  return hook === undefined ? [] : [{ path: hooks, why: `the hook ${hook}`, how: "rename" }];
};

/** A rebase that was left in the middle goes on with these lines, whoever wrote them. */
const inRebase = (folder: string, since: Since): Finding[] => {
  const rebase = join(folder, "rebase-merge");
  // A folder that was moved here brings files that seem old.
  const isMoved = (lookAt(rebase)?.ctimeMs ?? 0) >= since.startedMs;
  const found = suspect(rebase, "git-rebase-todo", isMoved, since);
  if (!found) return [];
  const text = plainTextOf(found.path);
  if (text === null) return [{ path: found.path, why: "cannot be looked through", how: "rename" }];
  return execLine.test(text) ? [{ path: found.path, why: "commands to run in a rebase", how: "drop-exec-lines" }] : [];
};

const mostEntries = 50_000;
const guardedFolders = new Set(["hooks", "info"]);
const fanOut = /^[0-9a-f]{2}$/;

/**
 * Links in a repository's folder, through which git would write or delete somewhere else. Git makes none itself. A
 * folder that was moved here brings links that seem old, so the folders on the way count too.
 */
const inLinks = (folder: string, isNew: boolean, since: Since): Finding[] => {
  const findings: Finding[] = [];
  const queue = [{ at: folder, changed: isNew }];
  let looked = 0;
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const name of entriesOf(next.at)) {
      if (next.at === folder && guardedFolders.has(name)) continue;
      if (++looked > mostEntries)
        return [...findings, { path: folder, why: "too much to look through", how: "rename" }];
      const path = join(next.at, name);
      const stats = lookAt(path);
      const changed = next.changed || (stats !== null && stats.ctimeMs >= since.startedMs);
      if (stats?.isSymbolicLink() && changed)
        findings.push({ path, why: `a link to ${readlinkSync(path)}`, how: "unlink" });
      else if (stats?.isDirectory() && !(basename(next.at) === "objects" && fanOut.test(name)))
        queue.push({ at: path, changed });
    }
  }
  return findings;
};

export const execLine = /^[ \t]*(?:exec|x)(?:[ \t].*)?$/im;

/** `commondir` is right in a linked worktree's folder only, where it names the repository that it lies in. */
const inCommonFolder = (folder: string, isNew: boolean, since: Since): Finding[] => {
  const found = suspect(folder, "commondir", isNew, since);
  if (!found) return [];
  const named = lineOf(plainTextOf(found.path) ?? "");
  const isWorktree = basename(dirname(folder)) === "worktrees";
  const own = isWorktree ? dirname(dirname(folder)) : folder;
  if (named !== "" && resolve(folder, named) === own) return [];
  return [{ path: found.path, why: "leads to another repository", how: "rename" }];
};

/** What git makes of a file with one path in it: only line breaks at the end do not belong to it. */
const lineOf = (text: string): string => text.replace(/[\r\n]+$/, "");

const nestedIn = (folder: string, name: "worktrees" | "modules"): string[] =>
  entriesOf(join(folder, name)).map((entry) => join(folder, name, entry));

const longestNesting = 6;

/** Findings in a repository's own folder: `.git`, a bare one, one of a submodule or of a linked worktree. */
export const repositoryFindings = (
  folder: string,
  since: Since,
  isNew = since.isNew(folder),
  nesting = 0,
): Finding[] => {
  const there = lookAt(folder);
  if (there?.isSymbolicLink()) {
    // Among worktrees and modules git would follow it by any name.
    const how = nesting === 0 ? "rename" : "unlink";
    return isNew || there.ctimeMs >= since.startedMs ? [{ path: folder, why: "is a link", how }] : [];
  }
  if (!there?.isDirectory() || nesting > longestNesting) return [];
  return [
    ...inConfig(folder, "config", isNew, since),
    ...inConfig(folder, "config.worktree", isNew, since),
    ...inCommonFolder(folder, isNew, since),
    ...inHooks(folder, isNew, since),
    ...inRebase(folder, since),
    // Last, for what is a link is taken away as such. Nested ones are looked through on the way.
    ...(nesting === 0 ? inLinks(folder, isNew, since) : []),
    ...[...nestedIn(folder, "worktrees"), ...moduleFolders(join(folder, "modules"), nesting)].flatMap((path) =>
      repositoryFindings(path, since, isNew || since.isNew(path), nesting + 1),
    ),
  ];
};

/** Repositories of submodules; their names may have slashes. */
const moduleFolders = (folder: string, nesting: number): string[] =>
  nesting > longestNesting
    ? []
    : entriesOf(folder).flatMap((name) => {
        const path = join(folder, name);
        const there = lookAt(path);
        if (there?.isSymbolicLink()) return [path];
        if (!there?.isDirectory()) return [];
        return lookAt(join(path, "HEAD")) ? [path] : moduleFolders(path, nesting + 1);
      });

/**
 * Findings at `folder/.git`, whatever it is. A file may lead to a repository in the tree, which is then looked at, or
 * to `repositories` outside that belong to the tree.
 */
export const gitEntryFindings = (folder: string, since: Since, repositories: readonly string[]): Finding[] => {
  const path = join(folder, ".git");
  const there = lookAt(path);
  if (!there || there.isDirectory() || there.isSymbolicLink()) return repositoryFindings(path, since);
  const isNew = since.isNew(path) || there.ctimeMs >= since.startedMs;
  const text = plainTextOf(path) ?? "";
  const named = text.startsWith("gitdir: ") ? lineOf(text.slice("gitdir: ".length)) : undefined;
  const target = named === undefined ? null : realPathOf(resolve(folder, named));
  if (target === null) return isNew ? [{ path, why: "leads nowhere yet", how: "rename" }] : [];
  if (![since.root, ...repositories].some((place) => isWithin(target, place))) {
    return isNew ? [{ path, why: "leads out of the folder", how: "rename" }] : [];
  }
  return repositoryFindings(target, since, isNew || since.isNew(target));
};
