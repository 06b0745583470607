import { readlinkSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { repositoryAbove } from "./enclosing-repository.ts";
import type { Guard } from "./facts.ts";
import { type GuardsFound, symlinked } from "./git-guards.ts";
import { type Places, repositoryPlaces, userPlaces } from "./git-settings.ts";
import { isWithinAny, lookAt } from "./paths.ts";

/*
 * Hooks and files of settings that lie in the tree because the user's configuration, or that of a repository of theirs,
 * says so.
 */

type Way =
  | { readonly at: "elsewhere" }
  /** A command could exchange this link. */
  | { readonly at: "link"; readonly path: string }
  /** In a folder that commands write: the path itself, or the first part of it that is not there. */
  | { readonly at: "inside"; readonly path: string; readonly isThere: boolean; readonly isWhole: boolean };

const mostLinks = 40;

/** Goes to `path` step by step as the kernel would. Commands write in `writable`, except in what is `closed` already. */
const wayTo = (path: string, writable: readonly string[], closed: readonly string[]): Way => {
  const steps = path.split("/");
  let links = 0;
  let at = "/";
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    const next = join(at, step);
    const isInside = isWithinAny(next, writable);
    const there = lookAt(next);
    if (there?.isSymbolicLink()) {
      if (isInside && !isWithinAny(next, closed)) return { at: "link", path: next };
      if (++links > mostLinks) return { at: "elsewhere" };
      const target = readlinkSync(next);
      steps.unshift(...target.split("/"));
      if (isAbsolute(target)) at = "/";
      continue;
    }
    // What goes on below a file is nowhere yet, but it could be made a folder.
    const goesOn = there?.isDirectory() === true && steps.length > 0;
    if (!goesOn && isInside) return { at: "inside", path: next, isThere: there !== null, isWhole: steps.length === 0 };
    if (there === null) return { at: "elsewhere" };
    at = next;
  }
  return { at: "elsewhere" };
};

/** One place that git goes to: a file of settings or a folder of hooks. */
type Named = { readonly path: string; readonly kind: "settings" | "hooks" };

/** What husky has git run in its folder `_` runs what lies beside that folder. */
const hooksFolder = (path: string, top: string): string =>
  basename(path) === "_" && dirname(path) !== top ? dirname(path) : path;

const namedIn = ({ files, hooks, tops }: Places): Named[] => [
  ...files.map((path): Named => ({ path, kind: "settings" })),
  ...tops.flatMap((top) =>
    hooks.map((value): Named => ({ path: hooksFolder(resolve(top, value), top), kind: "hooks" })),
  ),
];

/** Everything that the configuration which counts in these repositories names; null when it has no end. */
const allNamed = (root: string, nested: readonly string[]): Named[] | null => {
  const entries = [repositoryAbove(root) ?? join(root, ".git"), ...nested.map((folder) => join(folder, ".git"))];
  const repositories: Places[] = [];
  for (const entry of entries) {
    const own = repositoryPlaces(entry);
    if (own === null) return null;
    repositories.push(own);
  }
  const user = userPlaces();
  return user && [...repositories, { ...user, tops: repositories.flatMap(({ tops }) => tops) }].flatMap(namedIn);
};

/** What git's settings name for the repository around `root`, wherever that lies; null when there is no end to it. */
export const placesGitUses = (root: string): string[] | null => allNamed(root, [])?.map(({ path }) => path) ?? null;

const guardAt = (way: Way & { at: "inside" }, kind: Named["kind"]): Guard => {
  if (way.isThere) return { path: way.path, how: "read-only" };
  return kind === "settings" && way.isWhole
    ? { path: way.path, how: "placeholder-file", content: "" }
    : { path: way.path, how: "placeholder-folder" };
};

const isClosed = ({ how }: Guard): boolean => how !== "pin" && how !== "writable";

/**
 * Guards for what git's settings name in the tree `root` or in what is mounted writable for it (`known`), beyond what
 * `known` closes already.
 */
export const configuredGuards = (
  { root, nested }: { readonly root: string; readonly nested: readonly string[] },
  known: readonly Guard[],
): GuardsFound => {
  const writable = [root, ...known.filter(({ how }) => how === "writable").map(({ path }) => path)];
  const named = allNamed(root, nested);
  if (named === null) {
    return { ok: false, message: "git's configuration includes too many files to protect them all." };
  }
  const closed = known.filter(isClosed).map(({ path }) => path);
  const guards: Guard[] = [];
  for (const { path, kind } of named) {
    const way = wayTo(path, writable, closed);
    if (way.at === "elsewhere") continue;
    if (way.at === "link") return symlinked(way.path);
    if (way.path === root) {
      return {
        ok: false,
        message: `git looks for hooks in ${root} itself (core.hooksPath), where a command could plant one. Give hooks a folder of their own, or run with full access.`,
      };
    }
    if (isWithinAny(way.path, closed)) continue;
    closed.push(way.path);
    guards.push(guardAt(way, kind));
  }
  return { ok: true, guards };
};
