import { type ChangedFile, SnapshotError } from "../types.ts";
import { type GitResult, gitComplaint, splitNul } from "./run-git.ts";

/** One differing path of two trees. Modes are git's (`100644`, `100755`, `120000`, `000000` for absent). */
export type TreeChange = {
  /** Relative to the workspace, as latin1 bytes. */
  readonly path: string;
  readonly oldMode: string;
  readonly newMode: string;
  readonly newObject: string;
};

type RunOnStore = (args: readonly string[]) => Promise<GitResult>;

const assertTreeId = (tree: string): void => {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(tree)) throw new SnapshotError(`${JSON.stringify(tree)} is no tree id`);
};

const compare = async (run: RunOnStore, options: readonly string[], from: string, to: string): Promise<Buffer> => {
  assertTreeId(from);
  assertTreeId(to);
  const result = await run(["diff-tree", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", ...options, from, to]);
  if (result.code !== 0)
    throw new SnapshotError(`cannot compare the snapshots ${from} and ${to}: ${gitComplaint(result)}`);
  return result.stdout;
};

/** What differs between two trees, in path order. Throws `SnapshotError` when one is not in the store. */
export const compareTrees = async (run: RunOnStore, from: string, to: string): Promise<TreeChange[]> => {
  const fields = splitNul(await compare(run, ["-z", "--raw", "--no-abbrev"], from, to));
  const changes: TreeChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = "", newMode = "", , newObject = ""] = (fields[at] ?? "").slice(1).split(" ");
    changes.push({ path: fields[at + 1] ?? "", oldMode, newMode, newObject });
  }
  return changes;
};

/** A unified diff of two trees. Attributes of the repository that would hide or convert content do not count. */
export const diffTrees = async (run: RunOnStore, from: string, to: string): Promise<string> => {
  const options = ["-p", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "--unified=3"];
  return (await compare(run, options, from, to)).toString("utf8");
};

export type LineCounts = { readonly added: number; readonly removed: number };

/** Lines that differ, by path as `asChangedFile` names it; a file that is not text is left out. */
export const countLines = async (run: RunOnStore, from: string, to: string): Promise<Map<string, LineCounts>> => {
  const counts = new Map<string, LineCounts>();
  for (const line of splitNul(await compare(run, ["-z", "--numstat"], from, to))) {
    const [added = "", removed = "", ...path] = line.split("\t");
    if (added === "-") continue;
    const name = Buffer.from(path.join("\t"), "latin1").toString("utf8");
    counts.set(name, { added: Number(added), removed: Number(removed) });
  }
  return counts;
};

/** How a change is told to programs and people; a name that is not UTF-8 shows replacement characters. */
export const asChangedFile = (change: TreeChange): ChangedFile => ({
  path: Buffer.from(change.path, "latin1").toString("utf8"),
  kind: change.newMode === "000000" ? "delete" : change.oldMode === "000000" ? "add" : "update",
});
