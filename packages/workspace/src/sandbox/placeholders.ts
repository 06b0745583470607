import { mkdirSync, readdirSync, readFileSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import type { Guard } from "./facts.ts";
import { isWithin, isWithinAny, lookAt, plainTextOf } from "./paths.ts";
import { inFolderOf } from "./steps.ts";

/** An object on the disk that stands for a guard while commands run. */
export type Placeholder = { readonly path: string; readonly content: string | null };

export const placeholdersOf = (guards: readonly Guard[]): Placeholder[] =>
  guards
    .filter((guard) => guard.how === "placeholder-folder" || guard.how === "placeholder-file")
    .map((guard) => ({ path: guard.path, content: guard.how === "placeholder-file" ? (guard.content ?? "") : null }));

/** Removes one, unless somebody has made something of it meanwhile: a folder with entries, a file with other content. */
export const removePlaceholder = ({ path, content }: Placeholder): void => {
  try {
    inFolderOf(path, (entry) => {
      if (content === null) rmdirSync(entry);
      else if (plainTextOf(entry) === content) unlinkSync(entry);
    });
  } catch {
    // Not empty, already gone, or no longer ours to remove: all of them mean that it stays as it is.
  }
};

/** False when somebody has made something of it, or removed it. */
const isAsMade = ({ path, content }: Placeholder): boolean => {
  try {
    return content === null ? readdirSync(path).length === 0 : readFileSync(path, "utf8") === content;
  } catch {
    return false;
  }
};

/** A command of another thread may exchange a folder on the way for a link. */
const create = ({ path, content }: Placeholder): void =>
  inFolderOf(path, (entry) => {
    if (content === null) mkdirSync(entry, { mode: 0o755 });
    else writeFileSync(entry, content, { flag: "wx", mode: 0o644 });
  });

export type Placeholders = {
  /** Makes what is missing and holds it. Returns the guards that have a place to be mounted on. Throws never. */
  hold(guards: readonly Guard[]): { guards: Guard[]; release: () => void };
  /** Says which have to stay. */
  removeAll(): readonly Placeholder[];
};

type Held = { readonly placeholder: Placeholder; users: number };

/** While the mounts of a command that ended are being taken down, removing what they were on costs the kernel milliseconds each. */
const removeAfterMs = 100;

/**
 * Counts the commands that need each placeholder. A moment after the last one it is removed, unless it lies where
 * `othersWrite`.
 */
export const createPlaceholders = (
  beforeFirst: (list: readonly Placeholder[]) => void,
  othersWrite: () => readonly string[],
): Placeholders => {
  const held = new Map<string, Held>();
  let timer: NodeJS.Timeout | null = null;

  const removeUnused = (): void => {
    const busy = held.size === 0 ? [] : othersWrite();
    for (const [path, { placeholder, users }] of held) {
      if (users > 0 || isWithinAny(path, busy)) continue;
      held.delete(path);
      removePlaceholder(placeholder);
    }
  };

  const removeSoon = (): void => {
    if (timer) clearTimeout(timer);
    timer = setTimeout(removeUnused, removeAfterMs).unref();
  };

  const take = (placeholder: Placeholder): Held | null => {
    const known = held.get(placeholder.path);
    if (known) {
      known.users += 1;
      return known;
    }
    try {
      create(placeholder);
    } catch {
      // A tree that we cannot write to cannot be written to by its commands either.
      return null;
    }
    const entry = { placeholder, users: 1 };
    held.set(placeholder.path, entry);
    return entry;
  };

  /** A placeholder looks like the user's own folder, `.git` even like a repository: what is held counts as absent. */
  const asAbsent = (guards: readonly Guard[]): Guard[] =>
    guards
      .filter(({ path }) => ![...held.keys()].some((folder) => folder !== path && isWithin(path, folder)))
      .map((guard): Guard => {
        const placeholder = held.get(guard.path)?.placeholder;
        if (placeholder === undefined) return guard;
        return placeholder.content === null
          ? { path: guard.path, how: "placeholder-folder" }
          : { path: guard.path, how: "placeholder-file", content: placeholder.content };
      });

  return {
    hold(guards) {
      for (const [path, { placeholder }] of held) if (!isAsMade(placeholder)) held.delete(path);
      const wanted = asAbsent(guards);
      const list = placeholdersOf(wanted);
      const known = [...held.values()].map(({ placeholder }) => placeholder);
      const added = list.filter(({ path }) => !held.has(path));
      if (added.length > 0) beforeFirst([...known, ...added]);
      const taken = list.map(take).filter((entry) => entry !== null);
      const places = new Set(taken.map(({ placeholder }) => placeholder.path));
      let open = true;
      return {
        guards: wanted.flatMap((guard): Guard[] => {
          if (!guard.how.startsWith("placeholder") || places.has(guard.path)) return [guard];
          // Another process has made it since the tree was looked at; it is not to be written for that.
          return lookAt(guard.path)?.isSymbolicLink() === false ? [{ path: guard.path, how: "read-only" }] : [];
        }),
        release: () => {
          if (open) for (const entry of taken) entry.users -= 1;
          open = false;
          removeSoon();
        },
      };
    },
    removeAll() {
      if (timer) clearTimeout(timer);
      const busy = held.size === 0 ? [] : othersWrite();
      const [staying, going] = [true, false].map((isBusy) =>
        [...held.values()]
          .map(({ placeholder }) => placeholder)
          .filter(({ path }) => isWithinAny(path, busy) === isBusy),
      );
      for (const placeholder of going ?? []) removePlaceholder(placeholder);
      held.clear();
      return staying ?? [];
    },
  };
};
