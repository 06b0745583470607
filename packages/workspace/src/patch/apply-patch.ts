import { realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import type { PatchChange, PatchOutcome } from "../types.ts";
import { commitPlan } from "./commit-plan.ts";
import { realParent } from "./locate-target.ts";
import { createFolderCache } from "./open-folder.ts";
import { parsePatch } from "./parse-patch.ts";
import { type PlannedFile, planPatch } from "./plan-patch.ts";
import { describeSystemError } from "./system-error.ts";
import type { PatchOperation } from "./types.ts";
import { unifiedDiff } from "./unified-diff.ts";

export type ApplyPatchOptions = {
  /** Absolute; relative paths of the patch start here. */
  readonly cwd: string;
  /** Absolute folders that may be written. None: every patch is refused. */
  readonly roots: readonly string[];
  /** Absolute paths of files and folders in the roots that may not be changed. */
  readonly closed?: readonly string[];
};

const realPath = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** Relative to `cwd` where it lies inside, else absolute. */
const shownPath = (cwd: string, path: string): string => {
  const rest = relative(cwd, path);
  return rest === ".." || rest.startsWith(`..${sep}`) || isAbsolute(rest) ? path : rest;
};

const changesOf = (cwd: string, files: readonly PlannedFile[]): PatchChange[] => {
  const changes: PatchChange[] = [];
  for (const file of files) {
    const path = shownPath(cwd, file.target.path);
    if (file.movedTo !== undefined && files.some((other) => other.movedFrom === file.target.path))
      changes.push({ path, kind: "update", movePath: shownPath(cwd, file.movedTo) });
    else if (file.after === undefined) changes.push({ path, kind: "delete" });
    else if (!isMoveGoal(files, file)) changes.push({ path, kind: file.target.stats === undefined ? "add" : "update" });
  }
  return changes;
};

/** The move is told once, at its source. */
const isMoveGoal = (files: readonly PlannedFile[], file: PlannedFile): boolean =>
  file.movedFrom !== undefined &&
  files.some((other) => other.target.path === file.movedFrom && other.movedTo === file.target.path);

const usualMode = 0o644;

const diffOf = (cwd: string, files: readonly PlannedFile[]): string => {
  let diff = "";
  for (const file of files) {
    const path = shownPath(cwd, file.target.path);
    const mode = file.target.stats?.isFile() ? file.target.stats.mode : usualMode;
    const before = file.target.stats === undefined ? undefined : { path, text: file.before, mode };
    const after = file.after === undefined ? undefined : { path, text: file.after, mode: file.mode ?? usualMode };
    diff += unifiedDiff(before, after);
  }
  return diff;
};

/** One line an operation: added, then updated, then deleted files; a move stands under its new name. */
const summaryOf = (operations: readonly PatchOperation[]): string => {
  const list = (letter: string, kind: PatchOperation["kind"]): string =>
    operations
      .filter((operation) => operation.kind === kind)
      .map((operation) => `${letter} ${("movePath" in operation ? operation.movePath : undefined) ?? operation.path}\n`)
      .join("");
  return `Success. Updated the following files:\n${list("A", "add")}${list("M", "update")}${list("D", "delete")}`;
};

/**
 * Applies `*** Begin Patch` text to files. Everything is computed before anything is written; a patch that fails,
 * for whatever reason, is an outcome with one message and leaves every file, mode and folder as it was. Updated files
 * end in a newline and keep their line endings, byte order mark and permissions. Paths must lead (symlinks followed)
 * into one of the roots and away from protected names; on Linux a symlink swapped in meanwhile cannot lead out.
 */
export const applyPatch = async (patch: string, options: ApplyPatchOptions): Promise<PatchOutcome> => {
  const parsed = parsePatch(patch);
  if (!parsed.ok) return { ok: false, message: `invalid patch, line ${parsed.line}: ${parsed.message}` };
  if (parsed.operations.length === 0) return { ok: false, message: "the patch changes no file" };
  const folders = createFolderCache();
  try {
    const cwd = realPath(options.cwd);
    const closed = (options.closed ?? []).map(realParent).map(realPath);
    const plan = planPatch(parsed.operations, { cwd, roots: options.roots.map(realPath), closed, folders });
    if (!plan.ok) return plan;
    const committed = commitPlan(plan.files, folders);
    if (!committed.ok) return committed;
    return {
      ok: true,
      changes: changesOf(cwd, plan.files),
      summary: summaryOf(parsed.operations),
      diff: diffOf(cwd, plan.files),
    };
  } catch (error) {
    return { ok: false, message: describeSystemError(error) };
  } finally {
    folders.close();
  }
};
