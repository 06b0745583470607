import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A file's content, or with more to say: bytes, mode, a symlink's target; null is an empty folder. */
export type TreeEntry = string | null | { data?: string; b64?: string; mode?: number; link?: string };
export type Tree = Record<string, TreeEntry>;

export const writeTree = (root: string, tree: Tree): void => {
  for (const [name, entry] of Object.entries(tree)) {
    const path = join(root, name);
    if (entry === null) {
      mkdirSync(path, { recursive: true });
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    if (typeof entry === "string") writeFileSync(path, entry);
    else if (entry.link !== undefined) symlinkSync(entry.link, path);
    else {
      writeFileSync(path, entry.b64 === undefined ? (entry.data ?? "") : Buffer.from(entry.b64, "base64"));
      if (entry.mode !== undefined) chmodSync(path, entry.mode);
    }
  }
};

/** Everything below `root`: bytes (latin1), modes, links, empty folders. */
export const readTree = (root: string): Record<string, string> => {
  const out: Record<string, string> = {};
  const visit = (folder: string, prefix: string): void => {
    const names = readdirSync(folder).sort();
    if (names.length === 0 && prefix !== "") out[prefix] = "folder";
    for (const name of names) {
      const path = join(folder, name);
      const stats = lstatSync(path);
      if (stats.isSymbolicLink()) out[prefix + name] = `link ${readlinkSync(path)}`;
      else if (stats.isDirectory()) visit(path, `${prefix}${name}/`);
      else if (stats.isFile())
        out[prefix + name] = `${(stats.mode & 0o7777).toString(8)} ${readFileSync(path, "latin1")}`;
      else out[prefix + name] = "special";
    }
  };
  visit(root, "");
  return out;
};

/** Runs `body` in a new folder and removes it afterwards. */
export const inFolder = async <T>(tree: Tree, body: (root: string) => Promise<T> | T): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), "fettle-patch-"));
  const root = join(folder, "ws");
  mkdirSync(root);
  try {
    writeTree(root, tree);
    return await body(root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
