import { mkdirSync, readFileSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import type { Guard } from "./facts.ts";
import { lookAt } from "./paths.ts";

/** An object on the disk that stands for a guard while commands run. */
export type Placeholder = { readonly path: string; readonly content: string | null };

export const placeholdersOf = (guards: readonly Guard[]): Placeholder[] =>
  guards
    .filter((guard) => guard.how === "placeholder-folder" || guard.how === "placeholder-file")
    .map((guard) => ({ path: guard.path, content: guard.how === "placeholder-file" ? (guard.content ?? "") : null }));

/** Removes one, unless somebody has made something of it meanwhile: a folder with entries, a file with other content. */
export const removePlaceholder = ({ path, content }: Placeholder): void => {
  try {
    if (content === null) rmdirSync(path);
    else if (lookAt(path)?.isFile() && readFileSync(path, "utf8") === content) unlinkSync(path);
  } catch {
    // Not empty, already gone, or no longer ours to remove: all of them mean that it stays as it is.
  }
};

const create = ({ path, content }: Placeholder): void => {
  if (content === null) mkdirSync(path, { mode: 0o755 });
  else writeFileSync(path, content, { flag: "wx", mode: 0o644 });
};

export type Placeholders = {
  /** Makes what is missing and holds it. Returns the guards that have a place to be mounted on. Throws never. */
  hold(guards: readonly Guard[]): { guards: Guard[]; release: () => void };
  removeAll(): void;
};

/** Counts the commands that need each placeholder; the last one removes it. */
export const createPlaceholders = (beforeFirst: (list: readonly Placeholder[]) => void): Placeholders => {
  const held = new Map<string, { placeholder: Placeholder; users: number }>();

  const letGo = (path: string): void => {
    const entry = held.get(path);
    if (!entry) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    held.delete(path);
    removePlaceholder(entry.placeholder);
  };

  const take = (placeholder: Placeholder): boolean => {
    const entry = held.get(placeholder.path);
    if (entry) {
      entry.users += 1;
      return true;
    }
    try {
      create(placeholder);
    } catch {
      // A tree that we cannot write to cannot be written to by its commands either.
      return false;
    }
    held.set(placeholder.path, { placeholder, users: 1 });
    return true;
  };

  return {
    hold(guards) {
      // A placeholder of a command still running looks like the user's own folder: it is ours as long as it is held.
      const wanted = guards.map((guard): Guard => {
        const entry = held.get(guard.path);
        if (!entry || guard.how !== "read-only") return guard;
        const { content } = entry.placeholder;
        return content === null
          ? { path: guard.path, how: "placeholder-folder" }
          : { path: guard.path, how: "placeholder-file", content };
      });
      const list = placeholdersOf(wanted);
      if (list.some(({ path }) => !held.has(path))) beforeFirst(list);
      const taken = new Set(list.filter(take).map(({ path }) => path));
      let open = true;
      return {
        guards: wanted.filter((guard) => !guard.how.startsWith("placeholder") || taken.has(guard.path)),
        release: () => {
          if (open) for (const path of taken) letGo(path);
          open = false;
        },
      };
    },
    removeAll() {
      for (const { placeholder } of held.values()) removePlaceholder(placeholder);
      held.clear();
    },
  };
};
