import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type Found, isInside, isProse, type Reading, readText } from "./read.ts";

/*
 * `@docs/style.md` in an instruction file takes that file in. Only prose is: a repository must not be able to have keys
 * or settings told to a model's service by naming them.
 */

const deepest = 5;
const most = 40;

const withoutCode = (text: string): string =>
  text
    .replace(/^( {0,3})(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}\2[`~]*[ \t]*$|(?![\s\S]))/gm, "")
    // A stray backtick must not reach over an empty line and hide what stands below.
    .replace(/(?<!`)(`+)(?!`)(?:(?!\n[ \t]*\r?\n)[\s\S])*?(?<!`)\1(?!`)/g, "");

/** The paths that a text names with `@`, each once, in order; none in code. Pure. */
export const referencesIn = (text: string): string[] => {
  const found = [...withoutCode(text).matchAll(/(?<=^|[\s([])@([\p{L}\p{N}_./~-][^\s`"'<>()[\]@]*)/gmu)];
  const paths = found.map(([, path = ""]) => path.replace(/[.,;:!?]+$/, ""));
  return [...new Set(paths.filter(isProse))];
};

/** Absolute, or null where a repository's file names something that is not its own. */
const placeOf = (reference: string, from: string, boundary: string | null): string | null => {
  const path = reference.startsWith("~/") ? join(homedir(), reference.slice(2)) : resolve(dirname(from), reference);
  const foreign =
    isAbsolute(reference) || reference.startsWith("~") || (boundary !== null && !isInside(boundary, path));
  return boundary !== null && foreign ? null : path;
};

/**
 * The file and, after it, what it takes in, and what those take in. `taken` are the paths that are told already: each
 * file is told once, so a circle ends.
 */
export const withIncludes = (file: Found, reading: Reading, taken: Set<string>, depth = 0): Found[] => {
  taken.add(file.path);
  const all = [file];
  for (const reference of referencesIn(file.head.toString("utf8"))) {
    const from = `${file.path} names @${reference}`;
    const path = placeOf(reference, file.path, reading.boundary);
    if (path === null) {
      reading.notices.push(`${from}, which was not read: it is outside the repository`);
      continue;
    }
    if (depth >= deepest || taken.size >= most) {
      reading.notices.push(
        `${from}, which was not read: ${depth >= deepest ? `more than ${deepest} deep` : `more than ${most} files`}`,
      );
      continue;
    }
    const refusals: string[] = [];
    const found = readText(path, { ...reading, notices: refusals });
    reading.notices.push(...refusals);
    if (found === null && refusals.length === 0) reading.notices.push(`${from}, which does not exist`);
    // A link can give a key an innocent name.
    if (found === null || taken.has(found.path)) continue;
    if (!isProse(found.path)) reading.notices.push(`${from}, which was not read: it is a link to ${found.path}`);
    else all.push(...withIncludes({ ...found, includedBy: file.path }, reading, taken, depth + 1));
  }
  return all;
};
