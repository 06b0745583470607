import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { SnapshotError } from "../types.ts";
import { readObjects } from "./read-objects.ts";
import { gitComplaint, notLiteral, runGit, splitNul } from "./run-git.ts";
import { runOnStore, type TakeState } from "./take-tree.ts";
import { asChangedFile, compareTrees, type TreeChange } from "./tree-changes.ts";

export type RestoreRequest = {
  readonly current: string;
  readonly tree: string;
  /** Only these, as `ChangedFile` names them. */
  readonly paths: ReadonlySet<string> | undefined;
};

export type RestorePlan = { readonly deletions: readonly TreeChange[]; readonly writes: readonly TreeChange[] };

const absent = "000000";
const gitlink = "160000";

const bytesOf = (root: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")]);

const shown = (path: string): string => Buffer.from(path, "latin1").toString("utf8");

const statOf = (root: string, path: string): Stats | undefined => {
  try {
    return lstatSync(bytesOf(root, path));
  } catch {
    return undefined;
  }
};

const assertObjects = async (state: TakeState, writes: readonly TreeChange[]): Promise<void> => {
  if (writes.length === 0) return;
  const input = `${writes.map((change) => change.newObject).join("\n")}\n`;
  const result = await runOnStore(state, ["cat-file", "--batch-check"], input);
  const lines = result.stdout.toString("latin1").split("\n");
  const lost = writes.find((_, index) => !/ blob \d+$/.test(lines[index] ?? ""));
  if (result.code !== 0) throw new SnapshotError(`cannot read the snapshot store: ${gitComplaint(result)}`);
  if (lost !== undefined)
    throw new SnapshotError(`cannot restore: the content of ${shown(lost.path)} is no longer in the snapshot store`);
};

const isIgnoreFile = (path: string): boolean => path === ".gitignore" || path.endsWith("/.gitignore");

/** Lays out the ignore files that the target tree has, and those above the workspace, in an empty folder. */
const layOutIgnoreFiles = async (state: TakeState, tree: string, folder: string): Promise<void> => {
  const { store, root } = state;
  const parts = store.prefix.split("/").slice(0, -1);
  parts.forEach((_, depth) => {
    const above = join(...parts.slice(0, depth), ".gitignore");
    mkdirSync(join(folder, ...parts.slice(0, depth + 1)), { recursive: true });
    const content = statOf(store.workTree, above)?.isFile() ? readFileSync(join(store.workTree, above)) : "";
    writeFileSync(join(folder, above), content);
  });
  mkdirSync(join(folder, store.prefix), { recursive: true });
  const listed = await runGit([...store.options, "ls-tree", "-r", "-z", tree], {
    cwd: store.gitDir,
    env: { ...store.env, GIT_WORK_TREE: root },
  });
  const files = splitNul(listed.stdout)
    .map((line) => ({ meta: line.slice(0, line.indexOf("\t")), path: line.slice(line.indexOf("\t") + 1) }))
    .filter((entry) => entry.meta.startsWith("100") && isIgnoreFile(entry.path));
  const objects = files.map((file) => file.meta.split(" ")[2] ?? "");
  await readObjects(store, objects, (index) => {
    const path = bytesOf(join(folder, store.prefix), files[index]?.path ?? "");
    const chunks: Buffer[] = [];
    mkdirSync(Buffer.from(dirname(path.toString("latin1")), "latin1"), { recursive: true });
    return { write: (chunk) => chunks.push(chunk), end: () => writeFileSync(path, Buffer.concat(chunks)) };
  });
};

/**
 * The deletions that the target tree's own ignore rules cover. Such a file may have been there all the time, unseen
 * because it was ignored, so restoring must not take it away.
 */
const findShielded = async (state: TakeState, tree: string, deletions: readonly TreeChange[]): Promise<Set<string>> => {
  const { store } = state;
  const folder = mkdtempSync(join(store.gitDir, "ignore-"));
  try {
    await layOutIgnoreFiles(state, tree, folder);
    const prefix = Buffer.from(store.prefix).toString("latin1");
    const input = Buffer.from(deletions.map((change) => `./${prefix}${change.path}\0`).join(""), "latin1");
    const env = { ...store.env, ...notLiteral, GIT_WORK_TREE: folder, GIT_INDEX_FILE: join(folder, ".no-index") };
    const args = [...store.options, "check-ignore", "--no-index", "-z", "--stdin"];
    const result = await runGit(args, { cwd: folder, env, input });
    if (result.code !== 0 && result.code !== 1)
      throw new SnapshotError(`cannot tell which files are ignored: ${gitComplaint(result)}`);
    return new Set(splitNul(result.stdout).map((path) => path.slice(2 + prefix.length)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The first thing in a folder that the restoring would not delete. Folders alone do not count. */
const findKept = (root: string, folder: string, deleted: ReadonlySet<string>): string | undefined => {
  for (const entry of readdirSync(bytesOf(root, folder), { withFileTypes: true, encoding: "latin1" })) {
    const path = `${folder}/${entry.name}`;
    const kept = entry.isDirectory() ? findKept(root, path, deleted) : deleted.has(path) ? undefined : path;
    if (kept !== undefined) return kept;
  }
  return undefined;
};

/** Refuses, before anything changes, when something that must stay is in the way of a file. */
const assertNoConflict = (root: string, deletions: readonly TreeChange[], writes: readonly TreeChange[]): void => {
  const deleted = new Set(deletions.map((change) => change.path));
  const refuse = (path: string, obstacle: string): never => {
    throw new SnapshotError(
      `cannot restore ${shown(path)}: ${shown(obstacle)} is in the way and not part of a snapshot`,
    );
  };
  const realFolders = new Set<string>();
  /** False when a parent is missing or will be deleted; then nothing can be in the way. */
  const hasRealParents = (path: string): boolean => {
    for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1)) {
      const parent = path.slice(0, slash);
      if (realFolders.has(parent)) continue;
      const stats = statOf(root, parent);
      if (stats === undefined || deleted.has(parent)) return false;
      if (!stats.isDirectory()) refuse(path, parent);
      realFolders.add(parent);
    }
    return true;
  };
  for (const { path } of writes) {
    const stats = hasRealParents(path) ? statOf(root, path) : undefined;
    const obstacle = stats?.isDirectory() ? findKept(root, path, deleted) : undefined;
    if (obstacle !== undefined) refuse(path, obstacle);
    if (stats !== undefined && !stats.isDirectory() && !stats.isFile() && !stats.isSymbolicLink()) refuse(path, path);
  }
};

/** Decides what restoring `tree` would do, and throws `SnapshotError` for what would make it fail halfway. */
export const planRestore = async (state: TakeState, request: RestoreRequest): Promise<RestorePlan> => {
  const { current, tree, paths } = request;
  const all = await compareTrees((args) => runOnStore(state, args), current, tree);
  const changes = paths === undefined ? all : all.filter((change) => paths.has(asChangedFile(change).path));
  const writes = changes.filter((change) => change.newMode !== absent && change.newMode !== gitlink);
  let deletions = changes.filter((change) => change.newMode === absent && change.oldMode !== gitlink);
  await assertObjects(state, writes);
  if (deletions.length > 0 && changes.some((change) => isIgnoreFile(change.path))) {
    const shielded = await findShielded(state, tree, deletions);
    deletions = deletions.filter((change) => !shielded.has(change.path));
  }
  assertNoConflict(state.root, deletions, writes);
  return { deletions, writes };
};
