import fs from "node:fs";
import path from "node:path";
import type { Item } from "./item.ts";
import type { Stamp } from "./put.ts";

/** What was found other than it should be in a copy, relative to it. */
export type Damage = {
  readonly created: readonly string[];
  /** Files and folders that were changed or removed. */
  readonly altered: readonly string[];
};

/** An entry of the copy, with the stamp it has there when it is a file. */
export type Kept = { readonly item: Item; stamp?: Stamp };

/** Compares a copy with what it should be. Folders come before what is in them; links are not followed. `target` must be a folder itself. */
export function differences(target: string, records: ReadonlyMap<string, Kept>): Damage {
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
  if (item.kind === "link") return entry.isSymbolicLink() && linkTarget(path.join(target, item.path)) === item.target;
  if (!entry.isFile() || stamp === undefined) return false;
  const now = fs.lstatSync(path.join(target, item.path), { throwIfNoEntry: false });
  return now?.size === stamp.size && now.mtimeMs === stamp.mtimeMs && now.mode === stamp.mode;
}

function linkTarget(full: string): string | undefined {
  try {
    return fs.readlinkSync(full);
  } catch {
    return undefined;
  }
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
