import { type BigIntStats, lstatSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isWithin } from "./paths.ts";
import { type Entry, entriesIn, onDisk, targetOf } from "./raw-names.ts";

/** What was found below a tree's root. */
export type TreeScan = {
  /** Folders below the root that hold a `.git`. */
  readonly nested: readonly string[];
  /** Folders that git takes for a repository without a working tree. */
  readonly bare: readonly string[];
  /** Folders of the user's that they cannot list. */
  readonly shut: readonly string[];
  /** There were more folders than are looked at. */
  readonly isPartial: boolean;
  /** Links into a folder of ours that commands write and that lies outside of the tree. */
  readonly leadingOut: readonly string[];
  /** What goes by the name of a file with secrets, links too, and sockets and named pipes, whoever made them. */
  readonly secrets: readonly string[];
};

type Folder = {
  /** When its entries or it itself last changed; unlike the time of modification, nobody can set it. */
  readonly changedNs: bigint;
  readonly folders: readonly string[];
  readonly hasGit: boolean;
  readonly isBare: boolean;
  readonly leadingOut: readonly string[];
  readonly isShut: boolean;
  readonly secrets: readonly string[];
};

/** Of installed packages only their own folders are looked at: they are many, and git goes deeper only by its index. */
const isPackage = (folder: string): boolean => {
  const above = dirname(folder);
  const scope = basename(above).startsWith("@") ? dirname(above) : above;
  return basename(scope) === "node_modules" && !basename(folder).startsWith("@");
};

const ownId = BigInt(process.getuid?.() ?? 0);
export const folderLimit = 20_000;
const sliceMs = 4;
/** A folder changed this shortly before it was read may change again under the same time stamp. */
const settledNs = 50_000_000n;

/** Names of files with secrets. */
export const secretFile = /^\.env(?:rc|\.(?!example$|sample$|template$|dist$|defaults$|test$)[^/]+)?$/;

/** Null when it may not be listed. */
const entriesOf = (folder: string): Entry[] | null => {
  try {
    return entriesIn(folder);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? null : [];
  }
};

const leadsInto = (folder: string, name: string, forbidden: string): boolean => {
  try {
    return isWithin(resolve(folder, targetOf(join(folder, name))), forbidden);
  } catch {
    return false;
  }
};

/**
 * Looks through a tree in slices of a few milliseconds, so that it never holds up a model's stream. Later calls only
 * read the folders whose time stamp has changed. Links into `forbidden` are told.
 */
export const createTreeScan = (root: string, forbidden: string): (() => Promise<TreeScan>) => {
  let known = new Map<string, Folder>();

  const read = (folder: string, stats: BigIntStats): Folder => {
    const secrets: string[] = [];
    const folders: string[] = [];
    const leadingOut: string[] = [];
    const names = new Set<string>();
    const entries = entriesOf(folder);
    const inPackage = folder !== root && isPackage(folder);
    for (const entry of entries ?? []) {
      names.add(entry.name);
      if (entry.isSymbolicLink() && leadsInto(folder, entry.name, forbidden)) leadingOut.push(join(folder, entry.name));
      if (entry.isDirectory()) {
        if (!inPackage && entry.name !== ".git") folders.push(join(folder, entry.name));
      } else if (entry.isSocket() || secretFile.test(entry.name)) {
        secrets.push(join(folder, entry.name));
      }
    }
    const isBare = names.has("HEAD") && ((names.has("objects") && names.has("refs")) || names.has("commondir"));
    const age = BigInt(Date.now()) * 1_000_000n - stats.ctimeNs;
    return {
      changedNs: age > settledNs ? stats.ctimeNs : -1n,
      folders,
      hasGit: names.has(".git"),
      isBare,
      leadingOut,
      isShut: entries === null && stats.uid === ownId,
      secrets,
    };
  };

  return async () => {
    const next = new Map<string, Folder>();
    const queue = [root];
    let sliceEnd = performance.now() + sliceMs;
    for (let path = queue.pop(); path !== undefined && next.size < folderLimit; path = queue.pop()) {
      const stats = statsOf(path);
      if (!stats) continue;
      const before = known.get(path);
      const folder = before && before.changedNs === stats.ctimeNs ? before : read(path, stats);
      next.set(path, folder);
      queue.push(...folder.folders);
      if (performance.now() > sliceEnd) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = performance.now() + sliceMs;
      }
    }
    known = next;
    const nested = [...next].filter(([path, folder]) => folder.hasGit && path !== root).map(([path]) => path);
    const shut = [...next].filter(([, folder]) => folder.isShut).map(([path]) => path);
    const bare = [...next].filter(([, folder]) => folder.isBare).map(([path]) => path);
    const leadingOut = [...next.values()].flatMap((folder) => folder.leadingOut);
    const isPartial = next.size >= folderLimit;
    const secrets = [...next.values()].flatMap((folder) => folder.secrets);
    return { nested, bare, shut, isPartial, leadingOut, secrets };
  };
};

const statsOf = (path: string): BigIntStats | null => {
  try {
    const stats = lstatSync(onDisk(path), { bigint: true, throwIfNoEntry: false });
    return stats?.isDirectory() ? stats : null;
  } catch {
    return null;
  }
};
