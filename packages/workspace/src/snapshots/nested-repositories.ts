import { SnapshotError } from "../types.ts";
import { type GitResult, gitComplaint, splitNul } from "./run-git.ts";

/*
 * A repository inside the workspace (a submodule, a clone, a worktree) would enter a tree as one commit name, and its
 * files be lost. Git looks into such a folder as soon as its index knows a file in it; so a placeholder entry goes into
 * the private index, and the next `git add` replaces it by the files. The nested `.git` itself is never part of a tree.
 */

type RunOnStore = (args: readonly string[], input?: Buffer) => Promise<GitResult>;

/** True when `git add` met a nested repository that it took, or refused, as one. */
export const metNestedRepository = (result: GitResult): boolean =>
  result.stderr.includes("adding embedded git repository") ||
  result.stderr.includes("does not have a commit checked out");

const placeholder = ".fettle-placeholder";
const emptyBlob = {
  sha1: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
  sha256: "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
};

const findNested = async (run: RunOnStore): Promise<{ taken: string[]; refused: string[] }> => {
  const taken: string[] = [];
  for (const entry of splitNul((await run(["ls-files", "-z", "--full-name", "--stage"])).stdout))
    if (entry.startsWith("160000 ")) taken.push(entry.slice(entry.indexOf("\t") + 1));
  const others = await run(["ls-files", "-z", "--full-name", "--others", "--exclude-standard"]);
  const refused = splitNul(others.stdout).filter((path) => path.endsWith("/"));
  return { taken, refused: refused.map((path) => path.slice(0, -1)) };
};

/** Makes the private index treat every nested repository as an ordinary folder. False when there is none. */
export const openNestedRepositories = async (run: RunOnStore, format: "sha1" | "sha256"): Promise<boolean> => {
  const { taken, refused } = await findNested(run);
  const nested = [...taken, ...refused];
  if (nested.length === 0) return false;
  const zero = "0".repeat(emptyBlob[format].length);
  const lines = [
    ...taken.map((path) => `0 ${zero}\t${path}\0`),
    ...nested.map((path) => `100644 ${emptyBlob[format]}\t${path}/${placeholder}\0`),
  ];
  const result = await run(["update-index", "-z", "--index-info"], Buffer.from(lines.join(""), "latin1"));
  if (result.code !== 0) throw new SnapshotError(`cannot look into nested repositories: ${gitComplaint(result)}`);
  return true;
};
