import { execFileSync } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "./find-program.ts";
import { isText, onDisk, pathOf } from "./raw-names.ts";

/*
 * Which folders git's index names as repositories of their own (submodules and the like). `git status` goes into each
 * of them, wherever it lies and whatever is ignored, and obeys the configuration there.
 */

const gitlink = 0xe000;
const kindOfMode = 0xf000;
const extendedFlag = 0x4000;
const lengthMask = 0xfff;

/** Extensions by which entries come from elsewhere, or in another order than they stand: those git reads for us. */
const needGit = new Set(["link", "sdir", "IEOT"]);
/** The one by which entries come from another file. */
const splitIndex = "link";

type Entries = { readonly gitlinks: readonly Buffer[]; readonly isWhole: boolean; readonly isSplit: boolean };

/** Git's variable-width number, as in an index of version 4. */
const varint = (bytes: Buffer, start: number): { value: number; next: number } => {
  let at = start;
  let byte = bytes.readUInt8(at++);
  let value = byte & 0x7f;
  while (byte & 0x80) {
    byte = bytes.readUInt8(at++);
    value = (value + 1) * 128 + (byte & 0x7f);
  }
  return { value, next: at };
};

/** Entries as they stand in an index with ids of `idLength` bytes. Throws a RangeError where it ends too early. */
const readEntries = (bytes: Buffer, idLength: number): Entries => {
  const version = bytes.readUInt32BE(4);
  const gitlinks: Buffer[] = [];
  let at = 12;
  let before: Buffer = Buffer.alloc(0);
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    const mode = bytes.readUInt32BE(at + 24);
    const flags = bytes.readUInt16BE(at + 40 + idLength);
    const start = at + 42 + idLength + (version >= 3 && flags & extendedFlag ? 2 : 0);
    const { value: dropped, next } = version === 4 ? varint(bytes, start) : { value: 0, next: start };
    const shared = version === 4 ? before.subarray(0, Math.max(0, before.length - dropped)) : before;
    const length = flags & lengthMask;
    const end = length === lengthMask ? bytes.indexOf(0, next) : next + length - shared.length;
    if (end < next || end >= bytes.length) throw new RangeError("a name has no end");
    const name = Buffer.concat([shared, bytes.subarray(next, end)]);
    if ((mode & kindOfMode) === gitlink) gitlinks.push(name.subarray(0, (name.indexOf(0) + 1 || name.length + 1) - 1));
    if (version === 4) before = name;
    at = version === 4 ? end + 1 : at + ((end - at + 8) & ~7);
  }
  for (; at + idLength + 8 <= bytes.length; at += 8 + bytes.readUInt32BE(at + 4)) {
    const extension = bytes.toString("latin1", at, at + 4);
    if (needGit.has(extension)) return { gitlinks, isWhole: false, isSplit: extension === splitIndex };
  }
  return { gitlinks, isWhole: at + idLength === bytes.length, isSplit: false };
};

const tryEntries = (bytes: Buffer, idLength: number): Entries | null => {
  try {
    return readEntries(bytes, idLength);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
};

const safe = ["core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never"];
const environment = {
  PATH: process.env.PATH ?? "/usr/bin:/bin",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_LAZY_FETCH: "1",
};

/** The same, told by git. Null when it cannot. */
const askGit = (repository: string): string[] | null => {
  if (!isText(repository)) return null;
  const options = safe.flatMap((setting) => ["-c", setting]);
  const at = `--git-dir=${repository}`;
  try {
    const listed = execFileSync(programPath("git"), [...options, at, "--work-tree=/", "ls-files", "--stage", "-z"], {
      cwd: "/",
      env: environment,
      encoding: "buffer",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
      maxBuffer: 1 << 28,
    });
    return listed
      .toString("latin1")
      .split("\0")
      .filter((entry) => (Number.parseInt(entry, 8) & kindOfMode) === gitlink)
      .map((entry) => pathOf(Buffer.from(entry.slice(entry.indexOf("\t") + 1), "latin1")));
  } catch {
    return null;
  }
};

const longestIndex = 1 << 28;

const bytesOf = (path: string): Buffer | null => {
  const file = openSync(onDisk(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    return stats.isFile() && stats.size <= longestIndex ? readFileSync(file) : null;
  } finally {
    closeSync(file);
  }
};

/** `isSplit`: some of it stands in another file. `gitlinks` are paths in the working tree; null when git cannot tell. */
export type Index = { readonly gitlinks: readonly string[] | null; readonly isSplit: boolean };

const readIndex = (repository: string, config: string): Index => {
  const bytes = bytesOf(join(repository, "index"));
  if (bytes === null) return { gitlinks: null, isSplit: false };
  // What is no index is nothing to git either.
  if (bytes.length < 12 || bytes.toString("latin1", 0, 4) !== "DIRC") return { gitlinks: [], isSplit: false };
  const short = tryEntries(bytes, 20);
  // An id is longer only where the configuration says so.
  const isPlain = short?.isWhole === true && !/objectformat/i.test(config);
  const gitlinks = isPlain ? short.gitlinks.map(pathOf) : askGit(repository);
  return { gitlinks, isSplit: short?.isSplit === true || tryEntries(bytes, 32)?.isSplit === true };
};

/** Reads the index in a repository's own folder. `config` is the text of the configuration that counts there. */
export const indexOf = (repository: string, config: string): Index => {
  try {
    return readIndex(repository, config);
  } catch (error) {
    return { gitlinks: (error as NodeJS.ErrnoException).code === "ENOENT" ? [] : null, isSplit: false };
  }
};
