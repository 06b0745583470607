import { closeSync, constants, existsSync, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { errorCode } from "../thread/storage-error.ts";

/** A text file's beginning, as the model may be told of it. */
export type Found = {
  /** Real. */
  readonly path: string;
  readonly bytes: number;
  readonly head: Buffer;
  /** The file that names it with `@`. */
  readonly includedBy?: string;
};

export type Reading = {
  /** The real folder that nothing may lie outside of; null where a person's own links are followed anywhere. */
  readonly boundary: string | null;
  readonly maxBytes: number;
  /** Gets a line for each file that was refused. */
  readonly notices: string[];
};

/** Both real. */
export const isInside = (root: string, path: string): boolean =>
  path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);

/** From the nearest folder upward that holds `.git` down to `cwd`; only `cwd` when there is none. */
export const projectFolders = (cwd: string): string[] => {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (existsSync(join(folder, ".git"))) return folders;
    if (folder === dirname(folder)) return [cwd];
  }
};

const readHead = (fd: number, bytes: number): Buffer => {
  const head = Buffer.alloc(bytes);
  let held = 0;
  for (let count = -1; count !== 0 && held < bytes; held += count) count = readSync(fd, head, held, bytes - held, held);
  return head.subarray(0, held);
};

const viaDescriptor = process.platform === "linux" && existsSync("/proc/self/fd");

/** Of what was opened, not of what the path may mean by now: a command that still runs can swap a folder for a link. */
const openedPath = (fd: number, path: string): string =>
  viaDescriptor ? realpathSync(`/proc/self/fd/${fd}`) : realpathSync(path);

/** Reads a file's beginning. Null when it is absent, and, with a notice, when it may not be told. */
export const readText = (path: string, { boundary, maxBytes, notices }: Reading): Found | null => {
  const refuse = (why: string): null => {
    notices.push(`${path} was not read: ${why}`);
    return null;
  };
  try {
    const seen = statSync(path, { throwIfNoEntry: false });
    if (seen === undefined) return null;
    if (!seen.isFile()) return refuse("it is not a file");
    // Without waiting for the other end of a pipe that lies there.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const real = openedPath(fd, path);
      if (boundary !== null && !isInside(boundary, real))
        return refuse(`it is a link to ${real}, outside the repository`);
      const stats = fstatSync(fd);
      if (!stats.isFile()) return refuse("it is not a file");
      // One byte past the budget shows where a character is cut in two.
      const head = readHead(fd, Math.min(stats.size, maxBytes + 1));
      return head.includes(0) ? refuse("it is not text") : { path: real, bytes: stats.size, head };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return refuse(`it cannot be read (${errorCode(error)})`);
  }
};

/** Whether a name is that of a text for people, and of no key or setting. Pure. */
export const isProse = (path: string): boolean =>
  /\.(?:md|markdown|mdx|txt|rst|adoc)$/i.test(path) && !/(?:^|\/)\.(?:git|env)\b/i.test(path);

/** The first usable file of these names. A refused one is noticed and the next name tried. */
export const findIn = (folder: string, names: readonly string[], reading: Reading): Found | null => {
  for (const name of names) {
    const path = join(folder, name);
    const found = readText(path, reading);
    if (found === null) continue;
    // A link can give a key the name of a document.
    if (reading.boundary === null || isProse(found.path) || names.includes(basename(found.path))) return found;
    reading.notices.push(`${path} was not read: it is a link to ${found.path}, which is no document`);
  }
  return null;
};
