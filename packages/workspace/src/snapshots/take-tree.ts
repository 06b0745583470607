import { rmSync } from "node:fs";
import { SnapshotError } from "../types.ts";
import { ignoreRulesDiffer, listIgnoredEntries, listTrackedIgnored } from "./ignored-files.ts";
import { metNestedRepository, openNestedRepositories } from "./nested-repositories.ts";
import { indexVersion, publishIndex } from "./private-index.ts";
import { type GitResult, gitComplaint, runGit } from "./run-git.ts";
import type { Store } from "./store.ts";

/** One process's view of a store: its index, and what it knows of the last snapshot. */
export type TakeState = {
  readonly root: string;
  readonly store: Store;
  readonly index: string;
  /** The tree that a version of the index stands for. */
  last: { readonly version: string; readonly tree: string } | undefined;
  /** The version of the user's index whose tracked but ignored files are in ours. */
  userIndex: string | undefined;
  /** Set when the ignore rules may have changed since files entered the index. */
  rulesChanged: boolean;
};

/** Runs git on the private store with this process's index. */
export const runOnStore = (state: TakeState, args: readonly string[], input?: string | Buffer): Promise<GitResult> =>
  runGit([...state.store.options, ...args], {
    cwd: state.root,
    env: { ...state.store.env, GIT_INDEX_FILE: state.index },
    ...(input === undefined ? {} : { input }),
  });

/** Nested repositories can be nested again; each round opens one level. */
const maxNesting = 50;

const addAll = async (state: TakeState): Promise<GitResult> => {
  for (let round = 0; ; round += 1) {
    const result = await runOnStore(state, ["add", "--all", "--", "."]);
    if (!metNestedRepository(result) || round === maxNesting) return result;
    const format = state.store.repository?.objectFormat ?? "sha1";
    if (!(await openNestedRepositories((args, input) => runOnStore(state, args, input), format))) return result;
  }
};

/** Changes index entries by name. Names are relative to the work tree's top, where the call therefore runs. */
const updateEntries = (state: TakeState, option: string, paths: readonly string[]): Promise<GitResult> =>
  runGit([...state.store.options, "update-index", "--add", option, "-z", "--stdin"], {
    cwd: state.store.workTree,
    env: { ...state.store.env, GIT_INDEX_FILE: state.index },
    input: Buffer.from(paths.map((path) => `${path}\0`).join(""), "latin1"),
  });

const unreadable = /error: open\("(.*)"\): Permission denied/s;

const updateIndex = async (state: TakeState): Promise<GitResult> => {
  const { repository } = state.store;
  const version = repository === undefined ? "none" : indexVersion(repository.index);
  const { rulesChanged } = state;
  // The index that is read here is the one before; what is added now is not ignored.
  const [added, tracked, ignored] = await Promise.all([
    addAll(state),
    repository !== undefined && (rulesChanged || version !== state.userIndex)
      ? listTrackedIgnored(state.root, state.store)
      : [],
    rulesChanged ? listIgnoredEntries((args) => runOnStore(state, args)) : [],
  ]);
  let result = added;
  if (result.code === 0 && tracked.length > 0) result = await updateEntries(state, "--remove", tracked);
  const kept = new Set(tracked);
  const leaving = ignored.filter((path) => !kept.has(path));
  if (result.code === 0 && leaving.length > 0) result = await updateEntries(state, "--force-remove", leaving);
  if (result.code === 0) {
    state.userIndex = version;
    state.rulesChanged = false;
  }
  return result;
};

const writeTree = async (state: TakeState): Promise<GitResult> => {
  const { prefix } = state.store;
  const written = await runOnStore(state, ["write-tree", ...(prefix === "" ? [] : [`--prefix=${prefix}`])]);
  // A folder without a file has no place in an index.
  if (written.code !== 0 && /prefix .* not found/s.test(written.stderr))
    return runOnStore(state, ["hash-object", "-t", "tree", "-w", "--stdin"], "");
  return written;
};

const tryTake = async (state: TakeState): Promise<string | GitResult> => {
  const updated = await updateIndex(state);
  if (updated.code !== 0) {
    const file = unreadable.exec(updated.stderr)?.[1];
    if (file === undefined) return updated;
    throw new SnapshotError(`cannot read ${file}: permission denied; make it readable or list it in .gitignore`);
  }
  const version = indexVersion(state.index);
  if (state.last?.version === version) return state.last.tree;
  const written = await writeTree(state);
  const tree = written.stdout.toString("latin1").trim();
  if (written.code !== 0 || !/^[0-9a-f]{40,64}$/.test(tree)) return written;
  const { last } = state;
  // Writing the tree may store it in the index.
  state.last = { version: indexVersion(state.index), tree };
  publishIndex(state.index, state.store.sharedIndex);
  if (last !== undefined && (await ignoreRulesDiffer((args) => runOnStore(state, args), last.tree, tree))) {
    state.rulesChanged = true;
    return tryTake(state);
  }
  return tree;
};

/** What git says when a file changes or goes while it is looked at. */
const moving = /unable to stat|unable to index file|short read|No such file or directory|Not a directory/;
const maxMovingAttempts = 12;

/** Starts over with an empty index: everything is read again. */
const forgetIndex = (state: TakeState): void => {
  rmSync(state.index, { force: true });
  state.userIndex = undefined;
  state.rulesChanged = true;
  state.last = undefined;
};

/**
 * The tree id of the workspace as it is now. Three git processes, one when nothing changed. While files come and go
 * git fails, so it is tried again; any other failure gets a second try, and a third with a new index.
 */
export const takeTree = async (state: TakeState): Promise<string> => {
  for (let attempt = 1, failures = 0; ; attempt += 1) {
    const taken = await tryTake(state);
    if (typeof taken === "string") return taken;
    // The index is this process's own, so a lock was left by a git that died.
    rmSync(`${state.index}.lock`, { force: true });
    if (moving.test(taken.stderr) && attempt < maxMovingAttempts) continue;
    failures += 1;
    if (failures === 3) throw new SnapshotError(`cannot take a snapshot of ${state.root}: ${gitComplaint(taken)}`);
    if (failures === 2) forgetIndex(state);
  }
};

/**
 * Writes the index anew. Files changed in the same second as the index are compared by content each time, because
 * their times cannot tell; after many files changed at once that is slow, until an index is younger than they are.
 */
export const settleIndex = async (state: TakeState): Promise<void> => {
  const { last } = state;
  if (last === undefined || last.version !== indexVersion(state.index)) return;
  const result = await runOnStore(state, ["update-index", "--force-write-index"]);
  if (result.code !== 0) return;
  state.last = { version: indexVersion(state.index), tree: last.tree };
  publishIndex(state.index, state.store.sharedIndex);
};
