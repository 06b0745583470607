import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Damage, differences, type Kept } from "./copy/differences.ts";
import { type Item, realPath } from "./copy/item.ts";
import { planCopy } from "./copy/plan.ts";
import { clear, put } from "./copy/put.ts";

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
  let changed: { name: string; original: Buffer } | undefined;
  const putBack = (name: string) => {
    const record = records.get(name);
    if (record === undefined) return;
    assertInside(target, name);
    const stamp = put(target, record.item, changed?.name === name ? changed.original : undefined);
    if (stamp === null) throw new Error(`the project was changed during the search: ${name}`);
    if (stamp !== undefined) record.stamp = stamp;
  };
  return {
    root: target,
    change(file, text) {
      if (changed !== undefined) putBack(changed.name);
      const name = path.relative(target, file);
      assertInside(target, name);
      if (!fs.lstatSync(file).isFile()) throw new Error(`not a file of the copy: ${name}`);
      changed = { name, original: fs.readFileSync(file) };
      fs.writeFileSync(file, text);
    },
    restore() {
      ensureFolder(target);
      const { created, altered } = differences(target, records);
      for (const name of created) {
        assertInside(target, name);
        clear(path.join(target, name));
      }
      for (const name of altered) putBack(name);
      const own = changed?.name;
      changed = undefined;
      return { created, altered: altered.filter((name) => name !== own) };
    },
  };
}

/** A candidate may have removed the copy's folder, or put a link in its place, which must never be followed. */
function ensureFolder(target: string): void {
  const parent = path.dirname(target);
  if (realPath(parent) !== parent) throw new Error("a candidate replaced the folder around the private copy");
  if (fs.lstatSync(target, { throwIfNoEntry: false })?.isDirectory() === true) return;
  clear(target);
  fs.mkdirSync(target);
}

/** Throws where the way to an entry leads through a link: only the copy itself is ever written or removed. */
function assertInside(target: string, name: string): void {
  const folder = path.dirname(path.join(target, name));
  const isBelow = folder === target || folder.startsWith(target + path.sep);
  if (!isBelow || realPath(folder) !== folder) throw new Error(`a candidate left a link on the way to ${name}`);
}
