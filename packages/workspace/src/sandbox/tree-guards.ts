import { join } from "node:path";
import { protectedNames } from "../patch/protected-names.ts";
import { configuredGuards } from "./configured-guards.ts";
import type { Guard } from "./facts.ts";
import { type Around, type GuardsFound, gitGuards } from "./git-guards.ts";
import { foldersBetween, isWithin, lookAt } from "./paths.ts";

/**
 * Configuration of agents and editors that can make them run code. What is absent gets an empty folder, whatever its
 * kind: git does not see empty folders, so that a status or a commit shows nothing.
 */
export const codeRunningConfiguration = [
  ".fettle",
  ".agents",
  ".claude",
  ".codex",
  ".cursor",
  ".gemini",
  ".husky",
  ".idea",
  ".mcp.json",
  ".vscode",
] as const;

/**
 * The same of further programs. Where it is there it is read-only; where it is absent nothing stands in its place, for
 * each such place costs time, and what appears is put aside after the command.
 */
export const rarerConfiguration: readonly string[] = [...protectedNames].filter(
  (name) => name !== ".git" && !(codeRunningConfiguration as readonly string[]).includes(name),
);

/** Folders with git hooks inside the tree: protected only where they are in use. */
const hookFolders = [".githooks"] as const;

const configurationGuards = (root: string): GuardsFound => {
  const guards: Guard[] = [];
  for (const name of codeRunningConfiguration) {
    const path = join(root, name);
    const there = lookAt(path);
    if (there?.isSymbolicLink()) {
      return {
        ok: false,
        message: `${path} is a symbolic link, which a command could exchange for settings that run code. Replace it by what it points to, or run with full access.`,
      };
    }
    guards.push({ path, how: there ? "read-only" : "placeholder-folder" });
  }
  for (const name of rarerConfiguration) {
    const path = join(root, name);
    const there = lookAt(path);
    if (there && !there.isSymbolicLink()) guards.push({ path, how: "read-only" });
  }
  return { ok: true, guards: [...guards, ...hookGuards(root)] };
};

const hookGuards = (folder: string): Guard[] =>
  hookFolders
    .map((name) => join(folder, name))
    .filter((path) => lookAt(path)?.isSymbolicLink() === false)
    .map((path): Guard => ({ path, how: "read-only" }));

/** What lies in a folder that is read-only as a whole needs no guard, and a pin there would make it writable. */
const withoutCovered = (root: string, guards: readonly Guard[]): Guard[] => {
  const closed = guards.filter((guard) => guard.how === "read-only" && isWithin(guard.path, root));
  return guards.filter((guard) => !closed.some((over) => over.path !== guard.path && isWithin(guard.path, over.path)));
};

/** A guarded path can be got round by renaming a folder above it, unless that folder is a mount itself. */
const withPinnedAncestors = (root: string, guards: readonly Guard[], others: readonly string[]): Guard[] => {
  const known = new Map(guards.map((guard) => [guard.path, guard]));
  const writable = [root, ...guards.filter(({ how }) => how === "writable").map(({ path }) => path)];
  for (const path of [...known.keys(), ...others]) {
    const top = writable.find((place) => isWithin(path, place));
    for (const folder of top === undefined ? [] : foldersBetween(top, path)) {
      if (!known.has(folder)) known.set(folder, { path: folder, how: "pin" });
    }
  }
  return [...known.values()];
};

/** What is known of the tree: folders of the user's nested repositories, and files that must stay where they are. */
export type TreeContent = Around & {
  readonly nested: readonly string[];
  readonly concealed: readonly string[];
};

/**
 * Everything to guard in a writable tree: its repository, nested ones, and configuration that runs code. Looks at about
 * thirty paths, so it is done anew for every command.
 */
export const treeGuards = (content: TreeContent): GuardsFound => {
  const { root, nested, concealed } = content;
  const guards: Guard[] = [];
  const parts: GuardsFound[] = [
    gitGuards(root, "placeholder", content),
    configurationGuards(root),
    ...nested.map((folder) => gitGuards(folder, "nothing", content)),
    { ok: true, guards: nested.flatMap(hookGuards) },
  ];
  for (const part of parts) {
    if (!part.ok) return part;
    guards.push(...part.guards);
  }
  const configured = configuredGuards(content, guards);
  if (!configured.ok) return configured;
  guards.push(...configured.guards);
  return { ok: true, guards: withoutCovered(root, withPinnedAncestors(root, guards, concealed)) };
};
