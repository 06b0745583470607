import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import type { Folder, FolderCache } from "./open-folder.ts";
import type { PlannedFile } from "./plan-patch.ts";
import { describeSystemError, errorCode } from "./system-error.ts";

/*
 * Every new content is first written beside its place; then files change by renames alone, each of which is whole or
 * not at all. What was there before stays under a temporary name until everything is done. A failure takes all steps
 * back, the last one first.
 */

export type CommitOutcome = { readonly ok: true } | { readonly ok: false; readonly message: string };

type Journal = { readonly undo: (() => void)[]; readonly finish: (() => void)[]; failing: string };

/** New content beside its place, not yet under its name. */
type Staged = { readonly file: PlannedFile; readonly folder: Folder; readonly temporary: string };

const temporaryName = (): string => `.fettle-${randomBytes(8).toString("hex")}.tmp`;

const writeWhole = (descriptor: number, bytes: Buffer): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
};

/** Gives the new file what the old one had; another owner's files can be given back only by a privileged process. */
const keepAttributes = (descriptor: number, file: PlannedFile): void => {
  const old = file.target.stats;
  const own = fstatSync(descriptor);
  if (old?.isFile() && (own.uid !== old.uid || own.gid !== old.gid)) {
    try {
      fchownSync(descriptor, old.uid, old.gid);
    } catch {
      // The content matters more than the owner.
    }
  }
  if (file.mode !== undefined) fchmodSync(descriptor, file.mode);
};

const makeFolders = (folders: FolderCache, file: PlannedFile, journal: Journal): Folder => {
  let folder = file.target.folder;
  for (const name of file.target.missing) {
    const parent = folder;
    try {
      mkdirSync(parent.child(name));
      journal.undo.push(() => rmdirSync(parent.child(name)));
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
    }
    folder = folders.child(parent, name);
  }
  return folder;
};

const stage = (folders: FolderCache, file: PlannedFile, journal: Journal): Staged => {
  journal.failing = file.shown;
  const folder = makeFolders(folders, file, journal);
  const temporary = folder.child(temporaryName());
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(temporary, flags, 0o666);
  journal.undo.push(() => unlinkSync(temporary));
  try {
    writeWhole(descriptor, Buffer.from(file.after ?? ""));
    keepAttributes(descriptor, file);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return { file, folder, temporary };
};

const currentStats = (path: string): Stats | undefined => {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
};

/** Someone else may have written since the plan was made; their work is not overwritten. */
const assertUnchanged = (path: string, planned: Stats | undefined): void => {
  const now = currentStats(path);
  const same =
    now === undefined || planned === undefined
      ? now === planned
      : now.ino === planned.ino && now.size === planned.size && now.mtimeMs === planned.mtimeMs;
  if (!same) throw new Error("it was changed by something else meanwhile");
};

const removeFile = (file: PlannedFile, journal: Journal): void => {
  journal.failing = file.shown;
  const path = file.target.folder.child(file.target.name);
  const backup = file.target.folder.child(temporaryName());
  assertUnchanged(path, file.target.stats);
  renameSync(path, backup);
  journal.undo.push(() => renameSync(backup, path));
  journal.finish.push(() => unlinkSync(backup));
};

/** A second name for the old file; where links cannot be made it moves away, and its place is empty for a moment. */
const keepBackup = (path: string, backup: string): void => {
  try {
    linkSync(path, backup);
  } catch {
    renameSync(path, backup);
  }
};

const putInPlace = (staged: Staged, journal: Journal): void => {
  const { file, folder, temporary } = staged;
  journal.failing = file.shown;
  const path = folder.child(file.target.name);
  // Below folders made just now there cannot have been anything; and a removed file's place is empty.
  assertUnchanged(path, file.target.missing.length > 0 ? undefined : file.target.stats);
  if (file.target.stats !== undefined && file.target.missing.length === 0) {
    const backup = folder.child(temporaryName());
    keepBackup(path, backup);
    journal.undo.push(() => renameSync(backup, path));
    journal.finish.push(() => unlinkSync(backup));
  } else journal.undo.push(() => unlinkSync(path));
  renameSync(temporary, path);
};

const runCommit = (files: readonly PlannedFile[], folders: FolderCache, journal: Journal): void => {
  const removals = files.filter((file) => file.after === undefined);
  const writes = files.filter((file) => file.after !== undefined);
  const isBlocked = (file: PlannedFile): boolean =>
    removals.some((removal) => file.target.path.startsWith(`${removal.target.path}/`));
  const staged = writes.filter((file) => !isBlocked(file)).map((file) => stage(folders, file, journal));
  for (const removal of removals) removeFile(removal, journal);
  for (const file of writes.filter(isBlocked)) staged.push(stage(folders, file, journal));
  for (const item of staged) putInPlace(item, journal);
};

/** Runs all steps although some may fail; returns what failed. An absent temporary file was already renamed. */
const runAll = (steps: readonly (() => void)[]): string[] => {
  const failures: string[] = [];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      if (errorCode(error) !== "ENOENT") failures.push(describeSystemError(error));
    }
  }
  return failures;
};

/**
 * Writes a plan. On failure everything is taken back: contents, modes, folders that were made, temporary files; the
 * message says so, or what could not be taken back. Only a process that is killed between two renames leaves a part.
 */
export const commitPlan = (files: readonly PlannedFile[], folders: FolderCache): CommitOutcome => {
  const journal: Journal = { undo: [], finish: [], failing: "" };
  try {
    runCommit(files, folders, journal);
  } catch (error) {
    const failures = runAll(journal.undo.reverse());
    const left = failures.length > 0 ? `; taking it back failed too: ${failures.join(", ")}` : "";
    return { ok: false, message: `cannot write ${journal.failing}: ${describeSystemError(error)}${left}` };
  }
  runAll(journal.finish);
  return { ok: true };
};
