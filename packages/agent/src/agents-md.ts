import { isUtf8 } from "node:buffer";
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

export type InstructionFiles = {
  /** What the model is told; empty when there is nothing to tell. */
  readonly text: string;
  /** The files in the order they are told, with their size and how much of them is told. */
  readonly sources: readonly { readonly path: string; readonly bytes: number; readonly usedBytes: number }[];
  /** One line each for the person: what was cut, refused or could not be read. */
  readonly notices: readonly string[];
};

const defaultMaxBytes = 32 * 1024;
const defaultFallbackNames = ["CLAUDE.md"];

type Found = { readonly path: string; readonly bytes: number; readonly head: Buffer };

const isInside = (root: string, path: string): boolean =>
  path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);

/** From the nearest folder upward that holds `.git` down to `cwd`; only `cwd` when there is none. */
const projectFolders = (cwd: string): string[] => {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (existsSync(join(folder, ".git"))) return folders;
    if (folder === dirname(folder)) return [cwd];
  }
};

const readHead = (path: string, bytes: number): Buffer => {
  const fd = openSync(path, "r");
  try {
    const head = Buffer.alloc(bytes);
    let held = 0;
    for (let count = -1; count !== 0 && held < bytes; held += count)
      count = readSync(fd, head, held, bytes - held, held);
    return head.subarray(0, held);
  } finally {
    closeSync(fd);
  }
};

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The first usable file of these names. A refused one is noticed and the next name tried. */
const findIn = (
  folder: string,
  names: readonly string[],
  options: { boundary: string | null; maxBytes: number; notices: string[] },
): Found | null => {
  for (const name of names) {
    const path = join(folder, name);
    try {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined) continue;
      const real = realpathSync(path);
      if (options.boundary !== null && !isInside(options.boundary, real)) {
        options.notices.push(`${path} was not read: it is a link to ${real}, outside the repository`);
      } else if (!stats.isFile()) {
        options.notices.push(`${path} was not read: it is not a file`);
      } else {
        // One byte past the budget shows where a character is cut in two.
        const head = readHead(real, Math.min(stats.size, options.maxBytes + 1));
        if (!head.includes(0)) return { path: real, bytes: stats.size, head };
        options.notices.push(`${path} was not read: it is not text`);
      }
    } catch (error) {
      options.notices.push(`${path} was not read: ${message(error)}`);
    }
  }
  return null;
};

/** Max-min fair shares: small files get all they need and what they leave is divided among the larger ones. */
const fairShares = (sizes: readonly number[], budget: number): number[] => {
  const shares = sizes.map(() => 0);
  let left = budget;
  const bySize = sizes.map((size, at) => ({ size, at })).sort((a, b) => a.size - b.size);
  for (const [done, { size, at }] of bySize.entries()) {
    const share = Math.min(size, Math.floor(left / (bySize.length - done)));
    shares[at] = share;
    left -= share;
  }
  return shares;
};

/** At most `share` bytes, ending after a line, or after a character when the last line is long. */
const cutLength = (head: Buffer, share: number): number => {
  const lineEnd = head.subarray(0, share).lastIndexOf(0x0a) + 1;
  if (lineEnd * 2 > share) return lineEnd;
  let end = share;
  while (end > 0 && share - end < 3 && ((head[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
};

const section = (file: Found, used: number): string => {
  const text = file.head.subarray(0, used).toString("utf8").trim();
  const cut = file.bytes - used;
  const note = cut > 0 ? `\n[… cut ${cut} bytes of ${file.path}; read the file for the rest]` : "";
  return `<instructions file=${JSON.stringify(file.path)}>\n${text}${note}\n</instructions>`;
};

const findAll = (options: {
  home: string;
  cwd: string;
  names: readonly string[];
  maxBytes: number;
  notices: string[];
}): Found[] => {
  const { names, maxBytes, notices } = options;
  const cwd = realpathSync(options.cwd);
  const folders = projectFolders(cwd);
  const root = folders[0] ?? cwd;
  // What the user links to in the own state folder is the user's business.
  const places = [{ folder: options.home, boundary: null }, ...folders.map((folder) => ({ folder, boundary: root }))];
  const files: Found[] = [];
  for (const { folder, boundary } of places) {
    const found = findIn(folder, names, { boundary, maxBytes, notices });
    if (found !== null && !files.some(({ path }) => path === found.path)) files.push(found);
  }
  return files;
};

/**
 * The instruction files that hold for `cwd`: the user's own (in FETTLE_HOME), then one of each folder from the root of
 * the repository down to `cwd`: AGENTS.md, or else the first of `fallbackNames` (CLAUDE.md). At most `maxBytes` of them
 * (32 KiB; 0 turns this off) are told, shared fairly, and what is cut is said in the text and in the notices. Links that
 * leave the repository are refused. Throws only when `cwd` does not exist.
 */
export const loadInstructionFiles = (options: {
  home: string;
  cwd: string;
  maxBytes?: number;
  fallbackNames?: readonly string[];
}): InstructionFiles => {
  const { home, cwd, maxBytes = defaultMaxBytes, fallbackNames = defaultFallbackNames } = options;
  if (maxBytes <= 0) return { text: "", sources: [], notices: [] };
  const notices: string[] = [];
  const names = ["AGENTS.md", ...fallbackNames.filter((name) => name !== "AGENTS.md")];
  const files = findAll({ home, cwd, names, maxBytes, notices }).filter(({ bytes }) => bytes > 0);
  const shares = fairShares(
    files.map(({ bytes }) => bytes),
    maxBytes,
  );
  const sections: string[] = [];
  const sources = files.map((file, at) => {
    const share = shares[at] ?? 0;
    const usedBytes = share < file.bytes ? cutLength(file.head, share) : file.head.length;
    const shown = relative(cwd, file.path) || file.path;
    if (usedBytes < file.bytes)
      notices.push(`${shown} was cut: ${usedBytes} of its ${file.bytes} bytes are told (project_doc_max_bytes)`);
    if (!isUtf8(file.head.subarray(0, usedBytes))) notices.push(`${shown} is not valid UTF-8; bad bytes were replaced`);
    sections.push(section(file, usedBytes));
    return { path: file.path, bytes: file.bytes, usedBytes };
  });
  if (sections.length === 0) return { text: "", sources, notices };
  const heading =
    "Instructions of the user and the repository, from the widest to the nearest; where two differ, the later one counts.";
  return { text: [heading, ...sections].join("\n\n"), sources, notices };
};
