import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/*
 * What was typed in a folder, kept between runs: a file for each folder, a JSON string a line. Several programs may add
 * to one at the same time.
 */

/** Longer texts are files rather than words; they are not kept. In characters. */
const longest = 20_000;
const mostEntries = 500;
/** A file that outgrew this is written anew with its newest entries. In bytes. */
const mostBytes = 1_000_000;

const fileOf = (home: string, cwd: string): string => {
  // Not imported: it costs milliseconds before the first paint.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return join(home, "typed", `${createHash("sha256").update(cwd).digest("hex").slice(0, 24)}.jsonl`);
};

const entryIn = (line: string): string[] => {
  try {
    const text: unknown = JSON.parse(line);
    return typeof text === "string" ? [text] : [];
  } catch {
    // A line that was cut off by a crash or a full disk.
    return [];
  }
};

const newestLines = (path: string): string[] => {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .slice(-mostEntries);
  } catch {
    // Words of other days are a comfort: no file, or one that cannot be read, is none.
    return [];
  }
};

/** The newest texts that were typed in a folder, newest last. */
export const typedBefore = (home: string, cwd: string): readonly string[] =>
  newestLines(fileOf(home, cwd)).flatMap(entryIn);

const shorten = (path: string): void => {
  if (statSync(path).size <= mostBytes) return;
  let room = mostBytes / 2;
  const kept = newestLines(path)
    .reverse()
    .filter((line) => {
      room -= Buffer.byteLength(line) + 1;
      return room >= 0;
    });
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, `${kept.reverse().join("\n")}\n`, { mode: 0o600 });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
};

/** Not recursive: for a home that cannot be (below /proc) that never ends. */
const makeFolder = (path: string): void => {
  if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
};

/** Adds a text, whose secrets are out of it, to those of a folder. Throws where the disk refuses. */
export const keepTyped = (home: string, cwd: string, text: string): void => {
  if (text.length > longest) return;
  const path = fileOf(home, cwd);
  makeFolder(home);
  makeFolder(join(home, "typed"));
  // The line's end comes first too: the last line may have been cut off.
  appendFileSync(path, `\n${JSON.stringify(text)}\n`, { mode: 0o600 });
  shorten(path);
};
