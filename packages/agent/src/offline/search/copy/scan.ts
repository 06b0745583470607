import fs from "node:fs";
import path from "node:path";
import { dependencyItems } from "./dependencies.ts";
import { type Item, realPath } from "./item.ts";

export type Limits = { readonly files: number; readonly bytes: number };
export type Scan = { readonly items: readonly Item[]; readonly files: number; readonly bytes: number };

/** Names that cannot be decoded come out of `readdir` with this, and lead nowhere. */
const UNDECODABLE = "\uFFFD";

/**
 * Lists what is to be copied of the folder or file `start` below `root` (both absolute): files, folders and links, as
 * far as they can be read. Version control, sockets, pipes, devices, links that lead nowhere, round in a circle or to a
 * folder outside are passed over. Undefined when there is more than the limits allow.
 */
export function scanTree(
  root: string,
  start: string,
  limits: Limits,
  skip: (file: string) => boolean,
): Scan | undefined {
  const items: Item[] = [];
  let [files, bytes] = [0, 0];
  const fits = () => files <= limits.files && bytes <= limits.bytes;
  const add = (item: Item | undefined) => {
    if (item === undefined) return;
    items.push(item);
    files++;
    if (item.kind === "file") bytes += item.size;
  };
  const visit = (file: string, entry: fs.Dirent | fs.Stats, name: string) => {
    if (skip(file) || name === ".git" || name.includes(UNDECODABLE)) return;
    if (name === "node_modules") {
      items.push(...dependencyItems(root, file));
    } else if (entry.isDirectory()) {
      const children = entriesOf(file);
      if (children === undefined) return;
      if (file !== root) items.push({ kind: "folder", path: path.relative(root, file) });
      for (const child of children) if (fits()) visit(path.join(file, child.name), child, child.name);
    } else if (entry.isSymbolicLink()) add(linkItem(root, file));
    else if (entry.isFile()) add(fileItem(root, file, file));
  };
  const stats = fs.lstatSync(start, { throwIfNoEntry: false });
  if (stats !== undefined) visit(start, stats, start === root ? "" : path.basename(start));
  return fits() ? { items, files, bytes } : undefined;
}

function entriesOf(folder: string): fs.Dirent[] | undefined {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

function fileItem(root: string, file: string, source: string): Item | undefined {
  try {
    fs.accessSync(source, fs.constants.R_OK);
    const { size, mtimeMs, mode } = fs.statSync(source);
    return { kind: "file", path: path.relative(root, file), source, size, mtimeMs, mode };
  } catch {
    return undefined;
  }
}

/** A link within the tree leads to the same place in the copy; what a link takes from outside becomes a file. */
function linkItem(root: string, file: string): Item | undefined {
  const real = realPath(file);
  if (real === undefined || real === root || file.startsWith(real + path.sep)) return undefined;
  const relative = path.relative(root, file);
  if (!real.startsWith(root + path.sep)) {
    return fs.statSync(real, { throwIfNoEntry: false })?.isFile() ? fileItem(root, file, real) : undefined;
  }
  const target = path.relative(root, real);
  const parts = target.split(path.sep);
  if (parts.includes(".git")) return undefined;
  if (parts.includes("node_modules")) return { kind: "link", path: relative, target: real };
  return { kind: "link", path: relative, target: path.relative(path.dirname(relative), target) };
}
