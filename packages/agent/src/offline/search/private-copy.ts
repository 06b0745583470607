import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { planCopy } from "./copy/plan.ts";
import { type Item, realPath } from "./copy/scan.ts";

/** What was found other than it should be in a copy, relative to it. */
type Damage = {
  readonly created: readonly string[];
  /** Files and folders that were changed or removed. */
  readonly altered: readonly string[];
};

/**
 * A copy of the project in the temporary folder. All of the project's code that a search runs, runs in it, because a
 * candidate may do anything with the files it finds.
 */
export type PrivateCopy = {
  /** Real path. */
  readonly root: string;
  /** What was too large to be copied, relative to the root. */
  readonly leftOut: readonly string[];
  /** Gives one file (absolute, in the copy) other content until the next `restore`. */
  change(file: string, text: string): void;
  /** Makes the copy what it was, and says what was not; a file under `change` is not mentioned. */
  restore(): Damage;
  remove(): void;
};

/** The copy lies this deep in its own folder, so that paths with a few `..` stay in there. */
const DEPTH = "p/p/p";

/**
 * Copies the tree below `root` (a real path) without version control; dependencies are links. Undefined when it is too
 * large. Throws when the disk does not allow it.
 */
export function createPrivateCopy(root: string): PrivateCopy | undefined {
  const plan = planCopy(root);
  if (plan === undefined) return undefined;
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "fettle-search-")));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 2 });
  try {
    const target = path.join(folder, DEPTH, path.basename(root) || "root");
    fs.mkdirSync(target, { recursive: true });
    linkOuterDependencies(root, path.dirname(target));
    return { ...openCopy(target, withoutFolder(plan.items, root, folder)), leftOut: plan.leftOut, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The temporary folder may lie in the project. */
function withoutFolder(items: readonly Item[], root: string, folder: string): readonly Item[] {
  const own = path.relative(root, folder);
  return items.filter((item) => item.path !== own && !item.path.startsWith(own + path.sep));
}

/** Dependencies that a folder above the project provides. */
function linkOuterDependencies(root: string, parent: string): void {
  for (let above = path.dirname(root); ; above = path.dirname(above)) {
    const modules = path.join(above, "node_modules");
    if (realPath(modules) !== undefined) {
      fs.symlinkSync(modules, path.join(parent, "node_modules"), "dir");
      return;
    }
    if (above === path.dirname(above)) return;
  }
}

type Stamp = { readonly size: number; readonly mtimeMs: number; readonly mode: number };
type Kept = { readonly item: Item; stamp?: Stamp };

function openCopy(target: string, items: readonly Item[]): Pick<PrivateCopy, "root" | "change" | "restore"> {
  const records = new Map<string, Kept>();
  for (const item of items) {
    const stamp = put(target, item);
    if (stamp !== null) records.set(item.path, { item, ...(stamp === undefined ? {} : { stamp }) });
  }
  for (const { item } of [...records.values()]) {
    const full = path.join(target, item.path);
    if (item.kind !== "link" || realPath(full) !== undefined) continue;
    fs.unlinkSync(full);
    records.delete(item.path);
  }
  let changed: { file: string; original: Buffer } | undefined;
  const putBack = () => {
    if (changed === undefined) return;
    const { file, original } = changed;
    changed = undefined;
    const record = records.get(path.relative(target, file));
    if (record === undefined || !fs.existsSync(path.dirname(file))) return;
    clear(file);
    fs.writeFileSync(file, original);
    record.stamp = settle(file, record.item);
  };
  return {
    root: target,
    change(file, text) {
      putBack();
      const original = fs.readFileSync(file);
      changed = { file, original };
      fs.writeFileSync(file, text);
    },
    restore() {
      putBack();
      const damage = differences(target, records);
      for (const name of damage.created) fs.rmSync(path.join(target, name), { recursive: true, force: true });
      fs.mkdirSync(target, { recursive: true });
      for (const name of damage.altered) {
        const record = records.get(name);
        if (record === undefined) continue;
        const stamp = put(target, record.item);
        if (stamp === null) throw new Error(`the project was changed during the search: ${name}`);
        if (stamp !== undefined) record.stamp = stamp;
      }
      return damage;
    },
  };
}

/** Makes one entry. Its stamp when it is a file; null when it cannot be read or is not any more what it was. */
function put(target: string, item: Item): Stamp | undefined | null {
  const full = path.join(target, item.path);
  if (item.kind === "folder") {
    if (fs.lstatSync(full, { throwIfNoEntry: false })?.isDirectory() !== true) clear(full);
    fs.mkdirSync(full, { recursive: true });
    fs.chmodSync(full, 0o755);
    return undefined;
  }
  clear(full);
  if (item.kind === "link") {
    fs.symlinkSync(item.target, full);
    return undefined;
  }
  if (item.kind === "stand-in") {
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, "too large to be copied\n");
    return stampOf(full);
  }
  const now = fs.statSync(item.source, { throwIfNoEntry: false });
  if (now?.size !== item.size || now.mtimeMs !== item.mtimeMs) return null;
  try {
    fs.copyFileSync(item.source, full, fs.constants.COPYFILE_FICLONE);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "ENOENT")) return null;
    throw error;
  }
  return settle(full, item);
}

function clear(full: string): void {
  if (fs.lstatSync(full, { throwIfNoEntry: false }) !== undefined) fs.rmSync(full, { recursive: true, force: true });
}

/** Gives a file the original's time, which builds go by, and lets it be written. */
function settle(full: string, item: Item): Stamp {
  if (item.kind === "file") {
    fs.chmodSync(full, (item.mode & 0o777) | 0o600);
    fs.utimesSync(full, item.mtimeMs / 1000, item.mtimeMs / 1000);
  }
  return stampOf(full);
}

function stampOf(full: string): Stamp {
  const { size, mtimeMs, mode } = fs.lstatSync(full);
  return { size, mtimeMs, mode };
}

/** Compares a copy with what it should be. Folders come before what is in them. */
function differences(target: string, records: ReadonlyMap<string, Kept>): Damage {
  const created: string[] = [];
  const altered: string[] = [];
  const seen = new Set<string>();
  const visit = (folder: string) => {
    for (const entry of readFolder(path.join(target, folder))) {
      const name = path.join(folder, entry.name);
      const record = records.get(name);
      if (record === undefined) created.push(name);
      else if (isUnchanged(target, record, entry)) {
        seen.add(name);
        if (record.item.kind === "folder") visit(name);
      }
    }
  };
  visit("");
  for (const name of records.keys()) if (!seen.has(name)) altered.push(name);
  return { created, altered };
}

function isUnchanged(target: string, { item, stamp }: Kept, entry: fs.Dirent): boolean {
  if (item.kind === "folder") return entry.isDirectory();
  if (item.kind === "link") return entry.isSymbolicLink();
  if (!entry.isFile() || stamp === undefined) return false;
  const now = fs.lstatSync(path.join(target, item.path), { throwIfNoEntry: false });
  return now?.size === stamp.size && now.mtimeMs === stamp.mtimeMs && now.mode === stamp.mode;
}

/** A folder's entries, also where a candidate took the right to read it; none when it is gone. */
function readFolder(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    try {
      fs.chmodSync(folder, 0o755);
      return fs.readdirSync(folder, { withFileTypes: true });
    } catch {
      return [];
    }
  }
}
