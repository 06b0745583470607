import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { type Folder, openChildFolder } from "../patch/open-folder.ts";
import { describeSystemError, errorCode } from "../patch/system-error.ts";
import { type ChangedFile, SnapshotError } from "../types.ts";
import { type FolderStack, nameBytes, openFolderStack } from "./folder-stack.ts";
import { planRestore, type RestoreRequest } from "./plan-restore.ts";
import { type ObjectSink, readObjects } from "./read-objects.ts";
import type { TakeState } from "./take-tree.ts";
import { asChangedFile, type TreeChange } from "./tree-changes.ts";

/*
 * First files go, then files come, each by a rename of a whole one. What is taken away is in the store under the
 * current tree, so a process killed on the way loses nothing: taking a snapshot and restoring again completes it, and
 * a temporary file left behind is part of that snapshot and goes too.
 */

const splitPath = (path: string): { parents: string[]; name: string } => {
  const parents = path.split("/");
  return { parents, name: parents.pop() ?? "" };
};

const deleteFile = (stack: FolderStack, path: string): void => {
  const { parents, name } = splitPath(path);
  const folder = stack.enter(parents, false);
  if (folder === undefined) return;
  try {
    unlinkSync(folder.childBytes(nameBytes(name)));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  stack.removeEmpty(parents);
};

const statIn = (folder: Folder, name: Buffer): Stats | undefined => {
  try {
    return lstatSync(folder.childBytes(name));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
};

/** Removes a folder that holds nothing but folders. */
const removeFolders = (parent: Folder, name: Buffer): void => {
  const folder = openChildFolder(parent, name);
  try {
    for (const entry of readdirSync(folder.child("."), { encoding: "buffer" })) removeFolders(folder, entry);
  } finally {
    folder.close();
  }
  rmdirSync(parent.childBytes(name));
};

/** The permissions of a file that stays, with the execute bits git wants; a new file gets them from the umask. */
const modeFor = (old: Stats | undefined, executable: boolean): number | undefined => {
  if (!old?.isFile()) return undefined;
  const plain = old.mode & 0o7666;
  return executable ? plain | ((plain & 0o444) >> 2) : plain;
};

const openFileSink = (folder: Folder, name: Buffer, temporary: string, executable: boolean): ObjectSink => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(temporary, flags, executable ? 0o777 : 0o666);
  return {
    write(chunk) {
      for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at);
    },
    end() {
      const old = statIn(folder, name);
      const mode = modeFor(old, executable);
      if (mode !== undefined) fchmodSync(descriptor, mode);
      closeSync(descriptor);
      if (old?.isDirectory()) removeFolders(folder, name);
      renameSync(temporary, folder.childBytes(name));
    },
  };
};

const openLinkSink = (folder: Folder, name: Buffer, temporary: string): ObjectSink => {
  const target: Buffer[] = [];
  return {
    write: (chunk) => target.push(chunk),
    end() {
      symlinkSync(Buffer.concat(target), temporary);
      if (statIn(folder, name)?.isDirectory()) removeFolders(folder, name);
      renameSync(temporary, folder.childBytes(name));
    },
  };
};

const writeFiles = async (state: TakeState, stack: FolderStack, writes: readonly TreeChange[]): Promise<void> => {
  let temporary: string | undefined;
  const open = (index: number): ObjectSink => {
    const change = writes[index];
    if (change === undefined) throw new SnapshotError("the snapshot store sent more than was asked for");
    const { parents, name } = splitPath(change.path);
    const folder = stack.enter(parents, true);
    if (folder === undefined) throw new SnapshotError(`cannot restore ${asChangedFile(change).path}: no folder there`);
    temporary = folder.child(`.fettle-${randomBytes(8).toString("hex")}.tmp`);
    const sink =
      change.newMode === "120000"
        ? openLinkSink(folder, nameBytes(name), temporary)
        : openFileSink(folder, nameBytes(name), temporary, change.newMode === "100755");
    return {
      write: (chunk) => sink.write(chunk),
      end() {
        sink.end();
        temporary = undefined;
      },
    };
  };
  try {
    const objects = writes.map((change) => change.newObject);
    await readObjects(state.store, objects, open);
  } catch (error) {
    try {
      if (temporary !== undefined) unlinkSync(temporary);
    } catch {
      // It was not made yet.
    }
    throw error;
  }
};

/** Carries out `Snapshots.restore`; see the contract there. */
export const restoreTree = async (state: TakeState, request: RestoreRequest): Promise<ChangedFile[]> => {
  const plan = await planRestore(state, request);
  const stack = openFolderStack(state.root);
  try {
    for (const change of plan.deletions) deleteFile(stack, change.path);
    await writeFiles(state, stack, plan.writes);
  } catch (error) {
    if (error instanceof SnapshotError) throw error;
    throw new SnapshotError(`restoring stopped halfway: ${describeSystemError(error)}; try again to complete it`);
  } finally {
    stack.close();
  }
  return [...plan.deletions, ...plan.writes].sort((a, b) => (a.path < b.path ? -1 : 1)).map(asChangedFile);
};
