import { mkdirSync, rmdirSync } from "node:fs";
import { type Folder, openChildFolder, openRootFolder } from "../patch/open-folder.ts";
import { errorCode } from "../patch/system-error.ts";

/** A name's bytes from a latin1 string, as git's output is decoded here. */
export const nameBytes = (name: string): Buffer => Buffer.from(name, "latin1");

/**
 * The open folders on the way from a root to the file at hand. Each was opened from the one above and never through a
 * symlink, so no write can land outside the root. Visiting paths in order opens each folder about once.
 */
export type FolderStack = {
  /** The folder of these components, or undefined when one of them is missing, a symlink or no folder. */
  enter(parts: readonly string[], create: boolean): Folder | undefined;
  /** Removes the folder of these components and those above it, as far as they are empty; never the root. */
  removeEmpty(parts: readonly string[]): void;
  close(): void;
};

const tryOpen = (parent: Folder, name: string, create: boolean): Folder | undefined => {
  const bytes = nameBytes(name);
  try {
    return openChildFolder(parent, bytes);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" && create) {
      mkdirSync(parent.childBytes(bytes));
      return openChildFolder(parent, bytes);
    }
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
    throw error;
  }
};

export const openFolderStack = (root: string): FolderStack => {
  const base = openRootFolder(root);
  const open: { readonly name: string; readonly folder: Folder }[] = [];
  const cutTo = (depth: number): void => {
    for (const entry of open.splice(depth)) entry.folder.close();
  };
  const enter = (parts: readonly string[], create: boolean): Folder | undefined => {
    let common = 0;
    while (common < open.length && open[common]?.name === parts[common]) common += 1;
    cutTo(common);
    let folder = open.at(-1)?.folder ?? base;
    for (const name of parts.slice(common)) {
      const next = tryOpen(folder, name, create);
      if (next === undefined) return undefined;
      open.push({ name, folder: next });
      folder = next;
    }
    return folder;
  };
  const removeEmpty = (parts: readonly string[]): void => {
    for (let depth = parts.length; depth > 0; depth -= 1) {
      const parent = enter(parts.slice(0, depth - 1), false);
      if (parent === undefined) return;
      try {
        rmdirSync(parent.childBytes(nameBytes(parts[depth - 1] ?? "")));
      } catch {
        return;
      }
    }
  };
  const close = (): void => {
    cutTo(0);
    base.close();
  };
  return { enter, removeEmpty, close };
};
