import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { errorCode, storageError } from "../thread/storage-error.ts";
import { makeFolder } from "../thread/thread-files.ts";

/*
 * FETTLE_HOME/trust/<hash of the root>.json: what a person trusted in a repository, by content. The content itself is
 * kept too, so that a change can be shown; the sum and its content stand in one file and so cannot disagree.
 */

const trustedFile = z.strictObject({ sha256: z.string(), trusted_at: z.string(), content: z.string() });
const stored = z.strictObject({
  version: z.literal(1),
  root: z.string(),
  /** By path from the root; `content` is UTF-8 text. */
  files: z.record(z.string(), trustedFile),
});
export type Stored = z.infer<typeof stored>;

export type ReadStore =
  | { readonly ok: true; readonly stored: Stored | null }
  /** Nothing is trusted then. One line. */
  | { readonly ok: false; readonly message: string };

/** Loaded only where there is something to compare: it costs milliseconds. */
export const sha256 = (data: string | Buffer): string =>
  process.getBuiltinModule("node:crypto").createHash("sha256").update(data).digest("hex");

const folderOf = (home: string): string => join(home, "trust");
const fileOf = (home: string, root: string): string => join(folderOf(home), `${sha256(root).slice(0, 32)}.json`);

/** What another user could have written proves nothing. */
const foreign = (stats: Stats): string | null => {
  if (process.getuid !== undefined && stats.uid !== process.getuid()) return "it belongs to another user";
  return (stats.mode & 0o022) === 0 ? null : "others may write it (chmod go-w)";
};

const broken = (path: string, why: string): ReadStore => ({
  ok: false,
  message: `nothing of this repository is trusted, because ${path} cannot be used: ${why}; see: fettle trust`,
});

const parse = (path: string, text: string, root: string | null): ReadStore => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return broken(path, "it is not JSON");
  }
  const parsed = stored.safeParse(value);
  if (!parsed.success) return broken(path, "it has not the expected fields");
  if (root !== null && parsed.data.root !== root) return broken(path, `it is about ${parsed.data.root}`);
  for (const [name, file] of Object.entries(parsed.data.files))
    if (sha256(file.content) !== file.sha256) return broken(path, `the sum of ${name} is wrong`);
  return { ok: true, stored: parsed.data };
};

const readFile = (home: string, path: string, root: string | null): ReadStore => {
  try {
    const folder = folderOf(home);
    const unsafe = foreign(lstatSync(folder));
    if (unsafe !== null) return broken(folder, unsafe);
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      const problem = stats.isFile() ? foreign(stats) : "it is not a regular file";
      return problem === null ? parse(path, readFileSync(fd, "utf8"), root) : broken(path, problem);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { ok: true, stored: null };
    return broken(path, `it cannot be read (${errorCode(error)})`);
  }
};

/** What was trusted in the repository with this root (a real path); null when nothing was. */
export const readStore = (home: string, root: string): ReadStore => readFile(home, fileOf(home, root), root);

/** Puts the whole entry in the place of the last one. Throws `ThreadStorageError` when the disk refuses. */
export const writeStore = (home: string, entry: Stored): void => {
  const folder = folderOf(home);
  makeFolder(folder, home);
  const path = fileOf(home, entry.root);
  const temporary = `${path}.${process.pid}`;
  try {
    rmSync(temporary, { force: true });
    const fd = openSync(temporary, "wx", 0o600);
    try {
      const data = Buffer.from(`${JSON.stringify(entry, null, 2)}\n`);
      for (let done = 0; done < data.length; ) done += writeSync(fd, data, done);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw storageError(`write ${path}`, error);
  }
};

/** Forgets what was trusted, also when the entry is broken. False when there was none. */
export const removeStore = (home: string, root: string): boolean => {
  const path = fileOf(home, root);
  try {
    rmSync(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw storageError(`remove ${path}`, error);
  }
};

/** All entries, those that cannot be used as their message. */
export const allStores = (home: string): ReadStore[] => {
  let names: string[];
  try {
    names = readdirSync(folderOf(home)).filter((name) => name.endsWith(".json"));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw storageError(`read ${folderOf(home)}`, error);
  }
  return names.sort().map((name) => readFile(home, join(folderOf(home), name), null));
};
