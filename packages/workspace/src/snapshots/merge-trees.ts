import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type MergeConflict, type MergeOutcome, type MergeRequest, SnapshotError } from "../types.ts";
import { type GitResult, gitComplaint, splitNul } from "./run-git.ts";
import { runOnStore, type TakeState } from "./take-tree.ts";

/*
 * A three-way merge of trees in the store, file by file. Nothing of the workspace is touched; the git that is needed
 * may be old, and no configuration of the repository takes part.
 */

/** A file of a tree: git's mode and the name of its content. */
type Entry = { readonly mode: string; readonly object: string };
type Tree = ReadonlyMap<string, Entry>;

const checked = (result: GitResult, what: string): GitResult => {
  if (result.code !== 0) throw new SnapshotError(`cannot ${what}: ${gitComplaint(result)}`);
  return result;
};

const listTree = async (state: TakeState, tree: string): Promise<Tree> => {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(tree)) throw new SnapshotError(`${JSON.stringify(tree)} is no tree id`);
  const listed = checked(
    await runOnStore(state, ["ls-tree", "-r", "-z", "--full-tree", tree]),
    `list the snapshot ${tree}`,
  );
  return new Map(
    splitNul(listed.stdout).map((line) => {
      const [mode = "", , object = ""] = line.slice(0, line.indexOf("\t")).split(" ");
      return [line.slice(line.indexOf("\t") + 1), { mode, object }];
    }),
  );
};

const same = (a: Entry | undefined, b: Entry | undefined): boolean => a?.mode === b?.mode && a?.object === b?.object;

const isText = (entry: Entry | undefined): entry is Entry => entry?.mode.startsWith("100") === true;

const contentOf = async (state: TakeState, entry: Entry): Promise<Buffer> =>
  checked(await runOnStore(state, ["cat-file", "blob", entry.object]), "read the snapshot store").stdout;

const longestHunks = 6000;

/** The places that both sides changed, with a few lines around each. */
const hunksOf = (merged: string): string => {
  const lines = merged.split("\n");
  const shown: string[] = [];
  let until = -1;
  lines.forEach((line, index) => {
    if (!line.startsWith("<<<<<<< ")) return;
    const end = lines.findIndex((other, at) => at > index && other.startsWith(">>>>>>> "));
    const from = Math.max(until + 1, index - 3);
    until = Math.min(lines.length - 1, (end < 0 ? index : end) + 3);
    shown.push(`@@ line ${from + 1}`, ...lines.slice(from, until + 1));
  });
  const text = shown.join("\n");
  return text.length > longestHunks ? `${text.slice(0, longestHunks)}\n… (cut)` : text;
};

type Both = { readonly path: string; readonly base: Entry | undefined; readonly ours: Entry; readonly theirs: Entry };
type Merged = { readonly entry: Entry } | { readonly why: string; readonly hunks: string };

const modeOf = ({ base, ours, theirs }: Both): string => (ours.mode === base?.mode ? theirs.mode : ours.mode);

/** Merges two versions of one text line by line. */
const mergeText = async (state: TakeState, both: Both, prefer: MergeRequest["prefer"]): Promise<Merged> => {
  const { base, ours, theirs } = both;
  const folder = mkdtempSync(join(state.store.gitDir, "merge-"));
  try {
    const files = await Promise.all(
      [ours, base, theirs].map(async (entry, index) => {
        const path = join(folder, String(index));
        writeFileSync(path, entry === undefined ? "" : await contentOf(state, entry));
        return path;
      }),
    );
    const labels = ["workspace", "before", "helper"].flatMap((label) => ["-L", label]);
    const take = prefer === undefined ? ["--diff3"] : [`--${prefer}`];
    const merged = await runOnStore(state, ["merge-file", "-p", "-q", ...take, ...labels, ...files]);
    const count = merged.code ?? 255;
    if (count > 127) return { why: "both sides changed it, and it is not text", hunks: "" };
    if (count > 0) return { why: "both sides changed the same lines", hunks: hunksOf(merged.stdout.toString("utf8")) };
    const written = await runOnStore(state, ["hash-object", "-w", "--stdin"], merged.stdout);
    const object = checked(written, "write to the snapshot store").stdout.toString("latin1").trim();
    return { entry: { mode: modeOf(both), object } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const mergeFile = async (
  state: TakeState,
  path: string,
  [base, ours, theirs]: readonly [Entry | undefined, Entry | undefined, Entry | undefined],
  prefer: MergeRequest["prefer"],
): Promise<Merged | { readonly entry: undefined }> => {
  if (isText(ours) && isText(theirs) && (base === undefined || isText(base))) {
    const merged = await mergeText(state, { path, base, ours, theirs }, prefer);
    if ("entry" in merged || prefer === undefined) return merged;
  }
  if (prefer !== undefined) return { entry: prefer === "ours" ? ours : theirs };
  const why =
    ours === undefined
      ? "deleted in the workspace and changed by the helper"
      : theirs === undefined
        ? "changed in the workspace and deleted by the helper"
        : "both sides changed it, and it is not text";
  return { why, hunks: "" };
};

/** Files that stand where others need a folder. */
const inTheWay = (files: ReadonlyMap<string, unknown>): string[] => {
  const folders = new Set<string>();
  for (const path of files.keys())
    for (let at = dirname(path); at !== "." && !folders.has(at); at = dirname(at)) folders.add(at);
  return [...folders].filter((folder) => files.has(folder));
};

const shown = (path: string): string => Buffer.from(path, "latin1").toString("utf8");

const writeMerged = async (
  state: TakeState,
  ours: string,
  changes: ReadonlyMap<string, Entry | undefined>,
): Promise<string> => {
  const folder = mkdtempSync(join(state.store.gitDir, "merge-"));
  const own: TakeState = { ...state, index: join(folder, "index") };
  const zero = "0".repeat(ours.length);
  const lines = [...changes].map(([path, entry]) =>
    entry === undefined ? `0 ${zero}\t${path}\0` : `${entry.mode} ${entry.object}\t${path}\0`,
  );
  // What goes makes room for what comes.
  lines.sort((a, b) => Number(b.startsWith("0 ")) - Number(a.startsWith("0 ")));
  try {
    checked(await runOnStore(own, ["read-tree", ours]), `read the snapshot ${ours}`);
    const input = Buffer.from(lines.join(""), "latin1");
    checked(await runOnStore(own, ["update-index", "-z", "--index-info"], input), "merge snapshots");
    return checked(await runOnStore(own, ["write-tree"]), "write to the snapshot store")
      .stdout.toString("latin1")
      .trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Carries out `Snapshots.merge`; see the contract there. */
export const mergeTrees = async (state: TakeState, request: MergeRequest): Promise<MergeOutcome> => {
  const { prefer } = request;
  const [base, ours, theirs] = await Promise.all([
    listTree(state, request.base),
    listTree(state, request.ours),
    listTree(state, request.theirs),
  ]);
  const changes = new Map<string, Entry | undefined>();
  const conflicts: MergeConflict[] = [];
  for (const path of new Set([...base.keys(), ...theirs.keys()])) {
    const [before, mine, other] = [base.get(path), ours.get(path), theirs.get(path)];
    if (same(before, other) || same(mine, other)) continue;
    if (same(before, mine)) {
      changes.set(path, other);
      continue;
    }
    const merged = await mergeFile(state, path, [before, mine, other], prefer);
    if ("why" in merged) conflicts.push({ path: shown(path), why: merged.why, hunks: merged.hunks });
    else if (!same(merged.entry, mine)) changes.set(path, merged.entry);
  }
  const result = new Map<string, Entry>(ours);
  for (const [path, entry] of changes) {
    if (entry === undefined) result.delete(path);
    else result.set(path, entry);
  }
  for (const path of inTheWay(result))
    conflicts.push({ path: shown(path), why: "a file on one side and a folder on the other", hunks: "" });
  if (conflicts.length > 0) return { ok: false, conflicts };
  return { ok: true, tree: changes.size === 0 ? request.ours : await writeMerged(state, request.ours, changes) };
};
