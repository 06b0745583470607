import type { Stats } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Look } from "./look.ts";
import { isWithin, lookAt, plainTextOf, realPathOf } from "./paths.ts";
import { dangerousSetting } from "./planted-config.ts";
import { targetOf } from "./raw-names.ts";

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
export type Since = {
  readonly root: string;
  readonly startedMs: number;
  readonly look: Look;
  isNew(repository: string): boolean;
};

type Suspect = { readonly path: string; readonly stats: Stats };

/** The entry, if there is one that the command may have put there. */
const suspect = (folder: string, name: string, isNew: boolean, since: Since): Suspect | null => {
  const path = join(folder, name);
  const stats = since.look.at(path);
  return stats && (isNew || stats.ctimeMs >= since.startedMs) ? { path, stats } : null;
};

const judgements = new Map<string, string | null>();
const mostJudgements = 10_000;

/** Asking git takes milliseconds, and most repositories have the same few configurations. */
const judged = (text: string, folder: string, root: string): string | null => {
  // Only a working tree's place depends on the folder.
  const key = /worktree/i.test(text) ? [root, folder, text].join("\0") : text;
  const known = judgements.get(key);
  if (known !== undefined) return known;
  const setting = dangerousSetting(text, { folder, root });
  if (judgements.size >= mostJudgements) judgements.clear();
  judgements.set(key, setting);
  return setting;
};

const inConfig = (folder: string, name: string, isNew: boolean, since: Since): Finding[] => {
  const found = suspect(folder, name, isNew, since);
  if (!found) return [];
  const text = plainTextOf(found.path);
  const setting = text === null ? "is not a plain file" : judged(text, folder, since.root);
  return setting === null ? [] : [{ path: found.path, why: setting, how: "rename" }];
};

const isProgram = (path: string, look: Look): boolean => {
  const there = look.at(path);
  // What a link leads to may become one later.
  return there !== null && (there.isSymbolicLink() || (there.mode & 0o111) !== 0);
};

const inHooks = (folder: string, isNew: boolean, since: Since): Finding[] => {
  const hooks = join(folder, "hooks");
  const { look } = since;
  const there = look.at(hooks);
  if (!there) return [];
  const changed = (path: string): boolean => isNew || (look.at(path)?.ctimeMs ?? 0) >= since.startedMs;
  if (there.isSymbolicLink()) return changed(hooks) ? [{ path: hooks, why: "hooks elsewhere", how: "rename" }] : [];
  const hook = look.names(hooks).find((name) => {
    const path = join(hooks, name);
    return !name.endsWith(".sample") && isProgram(path, look) && (changed(path) || changed(hooks));
  });
  return hook === undefined ? [] : [{ path: hooks, why: `the hook ${hook}`, how: "rename" }];
};

/** A rebase that was left in the middle goes on with these lines, whoever wrote them. */
const inRebase = (folder: string, since: Since): Finding[] => {
  const rebase = join(folder, "rebase-merge");
  // A folder that was moved here brings files that seem old.
  const isMoved = (since.look.at(rebase)?.ctimeMs ?? 0) >= since.startedMs;
  const found = suspect(rebase, "git-rebase-todo", isMoved, since);
  if (!found) return [];
  const text = plainTextOf(found.path);
  if (text === null) return [{ path: found.path, why: "cannot be looked through", how: "rename" }];
  return execLine.test(text) ? [{ path: found.path, why: "commands to run in a rebase", how: "drop-exec-lines" }] : [];
};

const linkTarget = (path: string): string => {
  try {
    return targetOf(path);
  } catch {
    return "somewhere";
  }
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
    for (const name of since.look.names(next.at)) {
      if (next.at === folder && guardedFolders.has(name)) continue;
      if (++looked > mostEntries)
        return [...findings, { path: folder, why: "too much to look through", how: "rename" }];
      const path = join(next.at, name);
      const stats = since.look.glance(path);
      const changed = next.changed || (stats !== null && stats.ctimeMs >= since.startedMs);
      if (stats?.isSymbolicLink() && changed)
        findings.push({ path, why: `a link to ${linkTarget(path)}`, how: "unlink" });
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

const worktreeFolders = (folder: string, look: Look): string[] =>
  look.names(join(folder, "worktrees")).map((entry) => join(folder, "worktrees", entry));

const longestNesting = 6;

/** Findings in a repository's own folder: `.git`, a bare one, one of a submodule or of a linked worktree. */
export const repositoryFindings = (
  folder: string,
  since: Since,
  isNew = since.isNew(folder),
  nesting = 0,
): Finding[] => {
  const { look } = since;
  const there = look.at(folder);
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
    ...[...worktreeFolders(folder, look), ...moduleFolders(join(folder, "modules"), look, nesting)].flatMap((path) =>
      repositoryFindings(path, since, isNew || since.isNew(path), nesting + 1),
    ),
  ];
};

/** Repositories of submodules; their names may have slashes. */
const moduleFolders = (folder: string, look: Look, nesting: number): string[] =>
  nesting > longestNesting
    ? []
    : look.names(folder).flatMap((name) => {
        const path = join(folder, name);
        const there = look.at(path);
        if (there?.isSymbolicLink()) return [path];
        if (!there?.isDirectory()) return [];
        return look.at(join(path, "HEAD")) ? [path] : moduleFolders(path, look, nesting + 1);
      });

/** What `folder/.git` is: a repository to look at, or a finding itself, or nothing of interest. */
export type GitEntry = { readonly repository: string | null; readonly isNew: boolean; readonly findings: Finding[] };

/**
 * A file may lead to a repository in the tree, which is then looked at, or to `repositories` outside that belong to
 * the tree.
 */
export const gitEntry = (folder: string, since: Omit<Since, "look">, repositories: readonly string[]): GitEntry => {
  const path = join(folder, ".git");
  const there = lookAt(path);
  if (!there || there.isDirectory() || there.isSymbolicLink())
    return { repository: there && path, isNew: since.isNew(path), findings: [] };
  const isNew = since.isNew(path) || there.ctimeMs >= since.startedMs;
  const found = (why: string): GitEntry => ({
    repository: null,
    isNew,
    findings: isNew ? [{ path, why, how: "rename" }] : [],
  });
  const text = plainTextOf(path) ?? "";
  const named = text.startsWith("gitdir: ") ? lineOf(text.slice("gitdir: ".length)) : undefined;
  const target = named === undefined ? null : realPathOf(resolve(folder, named));
  if (target === null) return found("leads nowhere yet");
  if (![since.root, ...repositories].some((place) => isWithin(target, place))) return found("leads out of the folder");
  return { repository: target, isNew: isNew || since.isNew(target), findings: [] };
};
