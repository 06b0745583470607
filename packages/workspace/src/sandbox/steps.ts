import { chmodSync, closeSync, constants, fstatSync, openSync, readlinkSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { type Folder, openChildFolder, openRootFolder } from "../patch/open-folder.ts";
import { nameOnDisk } from "./raw-names.ts";

/*
 * A command that still runs beside may exchange folders for links, so whatever is changed in a tree is reached step by
 * step and never through a link.
 */

export type Steps = {
  /** Opens the folder `path` in `top`. Throws the system's error, also when a link is on the way. */
  to(top: string, path: string): Folder;
  close(): void;
};

export const createSteps = (): Steps => {
  const open = new Map<string, Folder>();
  const remembered = (path: string, make: () => Folder): Folder => {
    const folder = open.get(path) ?? make();
    open.set(path, folder);
    return folder;
  };
  return {
    to(top, path) {
      let at = top;
      let folder = remembered(top, () => openRootFolder(top));
      for (const step of relative(top, path).split(sep)) {
        if (step === "") continue;
        const above = folder;
        at = join(at, step);
        folder = remembered(at, () => openChildFolder(above, nameOnDisk(step)));
      }
      return folder;
    },
    close() {
      for (const folder of open.values()) folder.close();
      open.clear();
    },
  };
};

/**
 * Opens the folder above a path that has no links, for something to be done with the entry. Throws the system's error,
 * and where a link has come to be on the way.
 */
export const inFolderOf = <T>(path: string, use: (entry: string) => T): T => {
  const above = dirname(path);
  const folder = openRootFolder(above);
  try {
    const entry = folder.child(basename(path));
    // The kernel tells where the folder really is that was opened.
    if (readlinkSync(dirname(entry)) !== above) throw new Error(`${above} was moved`);
    return use(entry);
  } finally {
    folder.close();
  }
};

/** Opens a folder for nothing but to be named. Node has no name for this one. */
const O_PATH = 0o10000000;

/** Lets the user list a folder of theirs in `top`. Errors only mean that it stays as it is. */
export const openUp = (path: string, top: string): void => {
  const steps = createSteps();
  try {
    const flags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    // The top itself cannot be exchanged by a command, and cannot be stepped into while it is shut.
    const name = path === top ? top : steps.to(top, dirname(path)).childBytes(nameOnDisk(basename(path)));
    const descriptor = openSync(name, flags);
    try {
      chmodSync(`/proc/self/fd/${descriptor}`, (fstatSync(descriptor).mode & 0o777) | 0o700);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Gone meanwhile, or no folder any more.
  } finally {
    steps.close();
  }
};
