import { closeSync, constants, existsSync, openSync } from "node:fs";
import { join } from "node:path";

/*
 * Paths are checked and then used, and between the two a command that still runs in the workspace may swap a folder
 * for a symlink that leads outside. So a folder is opened once, component by component and never through a symlink,
 * and everything in it is reached through the descriptor: on Linux by /proc/self/fd/<n>/<name>, which names the
 * folder that was opened, whatever its path means now. Elsewhere the path itself is used, which is not proof against
 * such a race.
 */

const viaDescriptor = process.platform === "linux" && existsSync("/proc/self/fd");

/** An open folder. The owner closes it. */
export type Folder = {
  /** Absolute path that led here, without symlinks at that time. */
  readonly path: string;
  /** A path to give to `node:fs` for the entry `name`, which must be a single component. */
  child(name: string): string;
  /** The same for a name that need not be UTF-8. */
  childBytes(name: Buffer): Buffer;
  close(): void;
};

const openAt = (openPath: string | Buffer, path: string): Folder => {
  const descriptor = openSync(openPath, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const base = viaDescriptor ? `/proc/self/fd/${descriptor}` : path;
  return {
    path,
    child: (name) => `${base}/${name}`,
    childBytes: (name) => Buffer.concat([Buffer.from(`${base}/`), name]),
    close: () => closeSync(descriptor),
  };
};

/** Opens a folder by its real absolute path. Throws the system's error, also when the last component is a symlink. */
export const openRootFolder = (path: string): Folder => openAt(path, path);

/** Opens a folder inside an open one. Throws ENOTDIR or ELOOP when it is something else or a symlink. */
export const openChildFolder = (parent: Folder, name: string | Buffer): Folder =>
  openAt(parent.childBytes(typeof name === "string" ? Buffer.from(name) : name), join(parent.path, name.toString()));

/** Open folders by path, so that one operation sees each folder once. `close` closes all. */
export type FolderCache = {
  root(path: string): Folder;
  child(parent: Folder, name: string): Folder;
  close(): void;
};

export const createFolderCache = (): FolderCache => {
  const folders = new Map<string, Folder>();
  const remember = (path: string, open: () => Folder): Folder => {
    const folder = folders.get(path) ?? open();
    folders.set(path, folder);
    return folder;
  };
  return {
    root: (path) => remember(path, () => openRootFolder(path)),
    child: (parent, name) => remember(join(parent.path, name), () => openChildFolder(parent, name)),
    close: () => {
      for (const folder of folders.values()) folder.close();
      folders.clear();
    },
  };
};
