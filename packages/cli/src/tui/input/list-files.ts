import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/* The files of a folder that a person may want to name, in pieces as they are found. */

export const mostFiles = 200_000;

/** A repository's own configuration must not get to run anything. */
const safe = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];
const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];

/** False: no repository, or git failed. Ends with the signal. */
const byGit = (root: string, found: (paths: readonly string[]) => void, signal: AbortSignal): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  // Not imported: it costs milliseconds, and many a run never asks.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: "0" };
  const child = spawn("git", [...safe, "-C", root, ...listed], { stdio: ["ignore", "pipe", "ignore"], env, signal });
  let rest = "";
  let last = "";
  let count = 0;
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\0");
    rest = parts.pop() ?? "";
    // A file with a conflict is listed once for each side of it.
    const paths = parts.filter((path, index) => path !== (index === 0 ? last : parts[index - 1]));
    last = parts.at(-1) ?? last;
    count += paths.length;
    found(paths);
    if (count >= mostFiles) child.kill();
  });
  child.on("error", () => resolve(false));
  child.on("close", (code) => resolve(code === 0 || count >= mostFiles));
  return promise;
};

const skipped = new Set([".git", "node_modules", ".hg", ".svn", ".venv", "__pycache__"]);
const mostFolders = 20_000;

const entriesOf = async (folder: string): Promise<readonly Dirent[]> => {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    // A folder that cannot be read has nothing to name.
    return [];
  }
};

/** Breadth first, so that a bound leaves out what is deepest. Links are not followed. */
const byWalking = async (
  root: string,
  found: (paths: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> => {
  const folders = [""];
  let count = 0;
  for (let at = 0; at < folders.length && at < mostFolders && count < mostFiles && !signal.aborted; at += 1) {
    const folder = folders[at] ?? "";
    const entries = await entriesOf(join(root, folder));
    const inFolder = (name: string): string => (folder === "" ? name : `${folder}/${name}`);
    for (const entry of entries)
      if (entry.isDirectory() && !skipped.has(entry.name)) folders.push(inFolder(entry.name));
    const files = entries.filter((entry) => entry.isFile()).map((entry) => inFolder(entry.name));
    count += files.length;
    found(files);
  }
};

/**
 * Lists a folder's files, relative to it: what git knows and does not ignore, or else a bounded walk. `found` is called
 * with some at a time. Never rejects; ends early with the signal.
 */
export const listFiles = async (
  root: string,
  found: (paths: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> => {
  if (!(await byGit(root, found, signal)) && !signal.aborted) await byWalking(root, found, signal);
};
