import fs from "node:fs";
import path from "node:path";
import { type Item, realPath } from "./item.ts";

/** Hidden entries of a node_modules folder that programs need; the others are caches. */
const NEEDED = new Set([".bin", ".pnpm", ".package-lock.json", ".modules.yaml", ".yarn-state.yml", ".prisma"]);

/**
 * A node_modules folder as a folder of links to the real packages, so that caches and packages that are put into it
 * stay in the copy. Packages of the same repository (workspaces) lead to their copies.
 */
export function dependencyItems(root: string, folder: string): Item[] {
  const items: Item[] = [];
  const list = (current: string) => {
    const relative = path.relative(root, current);
    const real = realPath(current);
    if (real === undefined || !fs.statSync(real).isDirectory()) return;
    items.push({ kind: "folder", path: relative });
    for (const name of namesIn(real)) {
      if (name.startsWith(".") && !NEEDED.has(name)) continue;
      if (name === ".bin" || name.startsWith("@")) list(path.join(current, name));
      else items.push(linkTo(root, path.join(relative, name), path.join(real, name)));
    }
  };
  list(folder);
  return items;
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function linkTo(root: string, relative: string, source: string): Item {
  const real = realPath(source) ?? source;
  const inside = real.startsWith(root + path.sep) ? path.relative(root, real) : undefined;
  const own = real === root ? "" : inside;
  if (own === undefined || own.split(path.sep).includes("node_modules")) {
    return { kind: "link", path: relative, target: source };
  }
  return { kind: "link", path: relative, target: path.relative(path.dirname(relative), own) };
}
