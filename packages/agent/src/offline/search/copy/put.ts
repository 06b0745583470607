import fs from "node:fs";
import path from "node:path";
import type { Item } from "./item.ts";

/** By which it shows that a file was changed. */
export type Stamp = { readonly size: number; readonly mtimeMs: number; readonly mode: number };

/** Makes one entry, a file with the given content or its source's. Its stamp when it is a file; null when it cannot be read or is not any more what it was. */
export function put(target: string, item: Item, content?: Buffer): Stamp | undefined | null {
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
  if (content !== undefined) {
    fs.writeFileSync(full, content, { flag: "wx" });
    return settle(full, item);
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

/** Removes what is there, if anything; a link itself, not what it leads to. */
export function clear(full: string): void {
  const stats = fs.lstatSync(full, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (stats.isDirectory()) fs.rmSync(full, { recursive: true, force: true });
  else fs.unlinkSync(full);
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
