import { isUtf8 } from "node:buffer";
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errorCode } from "../thread/storage-error.ts";

/** A file of a repository that can run code or widen what may be done without a question. */
export type ProjectFile = {
  /** From the repository's root, with `/`. A folder stands for all below it. */
  readonly path: string;
  readonly can: string;
  /** Whether this version reads it at all. What it does not read is shown, but nobody is asked to trust it yet. */
  readonly effective: boolean;
};

export const configPath = ".fettle/config.toml";
export const rulesPath = ".fettle/rules.toml";

export const projectFiles: readonly ProjectFile[] = [
  { path: configPath, can: "changes fettle's settings in this repository", effective: true },
  { path: rulesPath, can: "lets commands run without a question", effective: true },
  { path: ".fettle/environment.toml", can: "runs commands that set the repository up", effective: false },
  { path: ".mcp.json", can: "starts programs that give the model tools", effective: false },
];

export const hooksFolder = ".fettle/hooks";

/**
 * What lies in the folder for programs that hooks run: one of them changed is another program that runs. A file of ours
 * by its name each; folders in it are no files, so that they can never be trusted.
 */
export const hookPrograms = (root: string): readonly ProjectFile[] => {
  try {
    const names = readdirSync(join(root, hooksFolder)).sort();
    return names.map((name) => ({
      path: `${hooksFolder}/${name}`,
      can: "is run by hooks, outside of the sandbox",
      effective: true,
    }));
  } catch {
    return [];
  }
};

/** The nearest folder from `folder` upward that holds `.git`, as a real path; the folder itself when there is none. */
export const repositoryRoot = (folder: string): string => {
  const start = realpathSync(folder);
  for (let at = start; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return start;
  }
};

export type ReadFile =
  | { readonly kind: "absent" }
  /** It is there and can never be trusted as it is. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "text"; readonly text: string; readonly bytes: Buffer };

const maxBytes = 256 * 1024;

/** Reads a text file of at most 256 KiB that is no link, pipe or device itself. Throws the system's error. */
export const readRegularText = (path: string): Exclude<ReadFile, { kind: "absent" }> => {
  // Without waiting for the other end of a pipe that lies there.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) return { kind: "refused", why: "it is not a regular file" };
    const buffer = Buffer.alloc(maxBytes + 1);
    let held = 0;
    for (let count = -1; count !== 0 && held < buffer.length; held += count)
      count = readSync(fd, buffer, held, buffer.length - held, null);
    const bytes = Buffer.from(buffer.subarray(0, held));
    if (held > maxBytes) return { kind: "refused", why: `it is larger than ${maxBytes / 1024} KiB` };
    if (!isUtf8(bytes) || bytes.includes(0)) return { kind: "refused", why: "it is not text" };
    return { kind: "text", text: bytes.toString("utf8"), bytes };
  } finally {
    closeSync(fd);
  }
};

/**
 * Reads a file of the repository once; whoever judges it must use these very bytes. A symbolic link anywhere below the
 * root is refused, for what it points at can be another thing at any time.
 */
export const readProjectFile = (root: string, path: string): ReadFile => {
  try {
    let at = root;
    for (const part of path.split("/")) {
      at = join(at, part);
      if (lstatSync(at).isSymbolicLink()) return { kind: "refused", why: `${at} is a symbolic link` };
    }
    return readRegularText(at);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
    return { kind: "refused", why: `it cannot be read (${code})` };
  }
};

const realOf = (path: string): string | null => {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
};

/** Whether the repository's `.fettle` is FETTLE_HOME itself (a home folder kept in git): those are the user's own files. */
export const isOwnHome = (home: string, root: string): boolean => {
  const folder = realOf(join(root, ".fettle"));
  return folder !== null && folder === realOf(home);
};
