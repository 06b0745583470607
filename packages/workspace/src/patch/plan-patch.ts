import type { Stats } from "node:fs";
import { accessSync, constants } from "node:fs";
import { applyChunks } from "./apply-chunks.ts";
import { type LocateContext, locateTarget, type Target } from "./locate-target.ts";
import { readTarget } from "./read-target.ts";
import { describeSystemError } from "./system-error.ts";
import type { PatchOperation } from "./types.ts";

/** What one file becomes. The patch is computed into these in memory before anything is written. */
export type PlannedFile = {
  readonly target: Target;
  /** The path as the patch writes it. */
  readonly shown: string;
  /** Text before; undefined when there was none, or it was not read because it does not matter (or is not text). */
  readonly before: string | undefined;
  /** Text after; undefined when the file goes. */
  readonly after: string | undefined;
  /** Permission bits of the new file; undefined takes the usual ones of a new file. */
  readonly mode: number | undefined;
  /** Set on the file that goes, and that comes, in a move. */
  readonly movedTo?: string;
  readonly movedFrom?: string;
};

export type PatchPlan =
  | { readonly ok: true; readonly files: readonly PlannedFile[] }
  | { readonly ok: false; readonly message: string };

type Overlay = Map<string, PlannedFile>;

/** Ends planning: a failed operation fails the whole patch. */
class PatchRefused extends Error {}

const permissions = (stats: Stats | undefined): number | undefined =>
  stats?.isFile() ? stats.mode & 0o7777 : undefined;

const locate = (context: LocateContext, verb: string, path: string, followLast: boolean): Target => {
  const located = locateTarget(context, path, followLast);
  if (!located.ok) throw new PatchRefused(`cannot ${verb} ${path}: ${located.message}`);
  return located.target;
};

/** Refuses what the overlay makes impossible: a file where the patch makes a folder, and the reverse. */
const assertPlace = (overlay: Overlay, target: Target, verb: string, shown: string): void => {
  for (const planned of overlay.values()) {
    if (planned.after === undefined) continue;
    if (target.path.startsWith(`${planned.target.path}/`))
      throw new PatchRefused(`cannot ${verb} ${shown}: ${planned.shown} is a file`);
    if (planned.target.path.startsWith(`${target.path}/`))
      throw new PatchRefused(`cannot ${verb} ${shown}: it is a folder`);
  }
};

const assertWritable = (target: Target, verb: string, shown: string): void => {
  if (target.stats === undefined) return;
  if (target.stats.isDirectory()) throw new PatchRefused(`cannot ${verb} ${shown}: it is a folder`);
  if (!target.stats.isFile()) throw new PatchRefused(`cannot ${verb} ${shown}: it is not a regular file`);
  try {
    // The write goes by rename, which would also replace a file that its owner made read-only.
    accessSync(target.folder.child(target.name), constants.W_OK);
  } catch (error) {
    throw new PatchRefused(`cannot ${verb} ${shown}: ${describeSystemError(error)}`);
  }
};

const readText = (target: Target): string | undefined => {
  const outcome = target.stats?.isFile() ? readTarget(target) : undefined;
  return outcome?.ok ? outcome.text : undefined;
};

/** Puts text at a path, over whatever file is there now or came there by an earlier operation. */
const putFile = (
  overlay: Overlay,
  target: Target,
  file: Pick<PlannedFile, "shown" | "mode" | "movedFrom"> & { after: string },
  before: string | undefined,
): void => {
  const earlier = overlay.get(target.path);
  assertPlace(overlay, target, "write", file.shown);
  if (earlier === undefined) assertWritable(target, "write", file.shown);
  overlay.delete(target.path);
  overlay.set(target.path, { ...file, target, before: earlier ? earlier.before : before });
};

const planAdd = (context: LocateContext, overlay: Overlay, operation: PatchOperation & { kind: "add" }): void => {
  const target = locate(context, "add", operation.path, true);
  const mode = permissions(target.stats);
  const file = { shown: operation.path, mode, after: operation.content };
  putFile(overlay, target, file, readText(target));
};

/** Takes a file away. One that only this patch made leaves no trace. */
const takeFile = (overlay: Overlay, target: Target, shown: string, movedTo: string | undefined): void => {
  const earlier = overlay.get(target.path);
  overlay.delete(target.path);
  if (target.stats === undefined) return;
  const before = earlier ? earlier.before : readText(target);
  const moved = movedTo === undefined ? {} : { movedTo };
  overlay.set(target.path, { target, shown, before, after: undefined, mode: undefined, ...moved });
};

const planDelete = (context: LocateContext, overlay: Overlay, path: string): void => {
  const target = locate(context, "delete", path, false);
  const earlier = overlay.get(target.path);
  const exists = earlier === undefined ? target.stats !== undefined : earlier.after !== undefined;
  if (!exists) throw new PatchRefused(`cannot delete ${path}: it does not exist`);
  if (target.stats?.isDirectory()) throw new PatchRefused(`cannot delete ${path}: it is a folder`);
  if (target.stats !== undefined && !target.stats.isFile() && !target.stats.isSymbolicLink())
    throw new PatchRefused(`cannot delete ${path}: it is not a regular file`);
  takeFile(overlay, target, path, undefined);
};

const currentText = (overlay: Overlay, target: Target, shown: string): string => {
  const earlier = overlay.get(target.path);
  if (earlier !== undefined) {
    if (earlier.after === undefined) throw new PatchRefused(`cannot update ${shown}: it does not exist`);
    return earlier.after;
  }
  const outcome = readTarget(target);
  if (!outcome.ok) throw new PatchRefused(`cannot update ${shown}: ${outcome.message}`);
  return outcome.text;
};

const planUpdate = (context: LocateContext, overlay: Overlay, operation: PatchOperation & { kind: "update" }): void => {
  const { path, movePath } = operation;
  const source = locate(context, "update", path, true);
  const text = currentText(overlay, source, path);
  const applied = applyChunks(text, operation.chunks);
  if (!applied.ok) throw new PatchRefused(`cannot update ${path}: ${applied.message}`);
  const mode = overlay.get(source.path)?.mode ?? permissions(source.stats);
  const after = applied.content;
  const goal = movePath === undefined ? source : locate(context, "move to", movePath, true);
  if (movePath === undefined || goal.path === source.path) {
    putFile(overlay, source, { shown: movePath ?? path, mode, after }, text);
    return;
  }
  assertWritable(goal, "move to", movePath);
  // The name that goes is the one in the patch, also when it is a symlink to the file that was read.
  const name = locate(context, "move", path, false);
  takeFile(overlay, name, path, goal.path);
  putFile(overlay, goal, { shown: movePath, mode, after, movedFrom: name.path }, readText(goal));
};

/**
 * Computes what a patch makes of the files, reading them but writing nothing. Operations see the result of the ones
 * before them. The files stand in the order of their last operation.
 */
export const planPatch = (
  operations: readonly PatchOperation[],
  place: Omit<LocateContext, "isRemoved">,
): PatchPlan => {
  const overlay: Overlay = new Map();
  const isRemoved = (path: string): boolean => {
    const planned = overlay.get(path);
    return planned !== undefined && planned.after === undefined;
  };
  const context: LocateContext = { ...place, isRemoved };
  try {
    for (const operation of operations) {
      if (operation.kind === "add") planAdd(context, overlay, operation);
      else if (operation.kind === "delete") planDelete(context, overlay, operation.path);
      else planUpdate(context, overlay, operation);
    }
  } catch (error) {
    if (error instanceof PatchRefused) return { ok: false, message: error.message };
    throw error;
  }
  return { ok: true, files: [...overlay.values()] };
};
