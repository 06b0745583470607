import { isUtf8 } from "node:buffer";
import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { withIncludes } from "./includes.ts";
import { type Found, findIn, projectFolders } from "./read.ts";
import { fairShares, section, textOf, usedOf } from "./shares.ts";

/** A file as far as it is told. */
export type ToldSource = {
  readonly path: string;
  readonly bytes: number;
  readonly usedBytes: number;
  readonly includedBy?: string;
};

/** What is needed to find the instruction files of further folders. */
export type NestedPlaces = {
  /** The repository's root, real: nothing outside of it is read. */
  readonly root: string;
  /** The workspace's folder, real. */
  readonly cwd: string;
  readonly names: readonly string[];
  /** For all files of further folders together. */
  readonly maxBytes: number;
  /** Paths that are told with the surroundings. */
  readonly told: ReadonlySet<string>;
  /** What was said of files already. */
  readonly notices: readonly string[];
};

export type InstructionFiles = {
  /** What the model is told; empty when there is nothing to tell. */
  readonly text: string;
  /** The files in the order they are told, with their size and how much of them is told. */
  readonly sources: readonly ToldSource[];
  /** One line each for the person: what was cut, refused or could not be read. */
  readonly notices: readonly string[];
  /** Null when instruction files are turned off. */
  readonly nested: NestedPlaces | null;
};

const defaultMaxBytes = 32 * 1024;
const defaultFallbackNames = ["CLAUDE.md"];

const findAll = (options: {
  home: string;
  folders: readonly string[];
  names: readonly string[];
  maxBytes: number;
  notices: string[];
}): Found[] => {
  const { home, folders, names, maxBytes, notices } = options;
  const root = folders[0] ?? home;
  // What the user links to in the own state folder is the user's business.
  const places = [{ folder: home, boundary: null }, ...folders.map((folder) => ({ folder, boundary: root }))];
  const files: Found[] = [];
  const taken = new Set<string>();
  for (const { folder, boundary } of places) {
    const reading = { boundary, maxBytes, notices };
    const found = findIn(folder, names, reading);
    if (found !== null && !taken.has(found.path)) files.push(...withIncludes(found, reading, taken));
  }
  return files.filter(({ bytes }) => bytes > 0);
};

/** The files' sections within the budget, what of each is told, and a notice for what is not. `shown`: relative to it. */
export const tellFiles = (files: readonly Found[], budget: number, shown: string) => {
  const notices: string[] = [];
  const shares = fairShares(
    files.map(({ bytes }) => bytes),
    budget,
  );
  const sections: string[] = [];
  const sources = files.map((file, at): ToldSource => {
    const usedBytes = usedOf(file, shares[at] ?? 0);
    const name = relative(shown, file.path) || file.path;
    if (usedBytes < file.bytes)
      notices.push(`${name} was cut: ${usedBytes} of its ${file.bytes} bytes are told (project_doc_max_bytes)`);
    if (!isUtf8(file.head.subarray(0, usedBytes))) notices.push(`${name} is not valid UTF-8; bad bytes were replaced`);
    sections.push(section("instructions", file, textOf(file, usedBytes), usedBytes));
    const by = file.includedBy === undefined ? {} : { includedBy: file.includedBy };
    return { path: file.path, bytes: file.bytes, usedBytes, ...by };
  });
  return { sections, sources, notices };
};

/**
 * The instruction files that hold for `cwd`: the user's own (in FETTLE_HOME), then one of each folder from the root of
 * the repository down to `cwd`: AGENTS.md, or else the first of `fallbackNames` (CLAUDE.md), each followed by what it
 * takes in with `@`. At most `maxBytes` of them (32 KiB; 0 turns this off) are told, shared fairly, and what is cut is
 * said in the text and in the notices. Links that leave the repository are refused. Throws only when `cwd` does not exist.
 */
export const loadInstructionFiles = (options: {
  home: string;
  cwd: string;
  maxBytes?: number;
  fallbackNames?: readonly string[];
}): InstructionFiles => {
  const { home, maxBytes = defaultMaxBytes, fallbackNames = defaultFallbackNames } = options;
  if (maxBytes <= 0) return { text: "", sources: [], notices: [], nested: null };
  const found: string[] = [];
  const names = ["AGENTS.md", ...fallbackNames.filter((name) => name !== "AGENTS.md")];
  const cwd = realpathSync(options.cwd);
  const folders = projectFolders(cwd);
  const files = findAll({ home, folders, names, maxBytes, notices: found });
  const { sections, sources, notices } = tellFiles(files, maxBytes, options.cwd);
  const told = new Set(sources.map(({ path }) => path));
  const said = [...found, ...notices];
  const nested = { root: folders[0] ?? cwd, cwd, names, maxBytes, told, notices: said };
  const all = { sources, notices: said, nested };
  if (sections.length === 0) return { ...all, text: "" };
  const heading =
    "Instructions of the user and the repository, from the widest to the nearest; where two differ, the later one counts.";
  return { ...all, text: [heading, ...sections].join("\n\n") };
};
