import { lstatSync, readlinkSync, realpathSync, type Stats } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Folder, FolderCache } from "./open-folder.ts";
import { isProtectedName } from "./protected-names.ts";
import { describeSystemError, errorCode } from "./system-error.ts";

/** Where a patch's path leads, symlinks resolved. */
export type Target = {
  /** Absolute, without symlinks; the identity of the file within one patch. */
  readonly path: string;
  /** The deepest folder of the path that exists, and the folders below it that do not. */
  readonly folder: Folder;
  readonly missing: readonly string[];
  readonly name: string;
  /** Undefined when nothing is there. */
  readonly stats: Stats | undefined;
};

export type Located = { readonly ok: true; readonly target: Target } | { readonly ok: false; readonly message: string };

export type LocateContext = {
  readonly cwd: string;
  /** Real absolute paths. */
  readonly roots: readonly string[];
  /** What lies in the roots and may not be changed. Real absolute paths. */
  readonly closed: readonly string[];
  readonly folders: FolderCache;
  /** True for a path whose file an earlier operation of the patch removes, so that a folder may take its place. */
  readonly isRemoved: (path: string) => boolean;
};

const maxLinks = 40;

/** The path below `root`, or undefined when it is not inside. Both absolute and normal. */
const inside = (root: string, path: string): string | undefined => {
  const rest = relative(root, path);
  const outside = rest === ".." || rest.startsWith(`..${sep}`) || isAbsolute(rest);
  return outside ? undefined : rest;
};

/** The real path of the deepest existing folder above `path`, with the rest appended: undoes symlinks above a root. */
export const realParent = (path: string): string => {
  const parent = dirname(path);
  if (parent === path) return path;
  try {
    return join(realpathSync(parent), basename(path));
  } catch {
    return join(realParent(parent), basename(path));
  }
};

type Step = { readonly kind: "done"; readonly located: Located } | { readonly kind: "restart"; readonly path: string };

const refuse = (message: string): Step => ({ kind: "done", located: { ok: false, message } });

const lstatOrUndefined = (path: string): Stats | undefined => {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
};

/** Follows `parts` from `root` down; a symlink ends the walk with the path to start again from. */
const walk = (context: LocateContext, root: string, parts: readonly string[], followLast: boolean): Step => {
  let folder = context.folders.root(root);
  for (const [index, name] of parts.entries()) {
    const rest = parts.slice(index + 1);
    const path = join(folder.path, name);
    const found = (stats: Stats | undefined, missing: readonly string[]): Step => ({
      kind: "done",
      located: {
        ok: true,
        target: { path: join(path, ...rest), folder, missing, name: parts.at(-1) ?? name, stats },
      },
    });
    const stats = lstatOrUndefined(folder.child(name));
    const isLast = rest.length === 0;
    if (stats === undefined) return found(undefined, parts.slice(index, -1));
    if (stats.isSymbolicLink() && !(isLast && !followLast) && !context.isRemoved(path)) {
      const goal = resolve(folder.path, readlinkSync(folder.child(name)));
      return { kind: "restart", path: join(goal, ...rest) };
    }
    if (isLast) return found(stats, []);
    if (!stats.isDirectory()) {
      if (context.isRemoved(path)) return found(undefined, parts.slice(index, -1));
      return refuse(`${path} is not a folder`);
    }
    folder = context.folders.child(folder, name);
  }
  return refuse("it is the workspace's own folder");
};

/**
 * Finds what `path` (relative to the context's `cwd`, or absolute) names, and refuses what leaves the roots or
 * touches a protected name; symlinks that stay inside are followed, the last component's only with `followLast`.
 * Messages do not repeat the path.
 */
export const locateTarget = (context: LocateContext, path: string, followLast: boolean): Located => {
  if (path.includes("\0")) return { ok: false, message: "the path contains a NUL byte" };
  let goal = resolve(context.cwd, path);
  if (!context.roots.some((root) => inside(root, goal) !== undefined)) goal = realParent(goal);
  try {
    for (let links = 0; links <= maxLinks; links += 1) {
      const root = context.roots.find((candidate) => inside(candidate, goal) !== undefined);
      if (root === undefined) {
        const why = links === 0 ? "it lies" : `a symlink leads to ${goal},`;
        const allowed = context.roots.length === 0 ? "nothing may be written here" : "only files inside may be changed";
        return { ok: false, message: `${why} outside the writable folders; ${allowed}` };
      }
      const parts = (inside(root, goal) ?? "").split(sep).filter((part) => part !== "");
      const guarded = parts.find(isProtectedName);
      if (guarded !== undefined)
        return { ok: false, message: `'${guarded}' is a protected place that patches may not change` };
      if (context.closed.some((path) => inside(path, goal) !== undefined))
        return {
          ok: false,
          message:
            "git's settings have git use what lies there, or this run keeps it as it is, so patches may not change it",
        };
      const step = walk(context, root, parts, followLast);
      if (step.kind === "done") return step.located;
      goal = step.path;
    }
    return { ok: false, message: "it goes through too many symlinks" };
  } catch (error) {
    return { ok: false, message: describeSystemError(error) };
  }
};
