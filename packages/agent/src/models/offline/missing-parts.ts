/** Why a test command could not run: a program or modules that are not installed. */
export type MissingParts = { readonly programs: readonly string[]; readonly modules: readonly string[] };

const programPatterns = [
  /(?:^|\n)(?:\S*sh: )?(?:line \d+: |\d+: )?([\w@./-]+): (?:command )?not found/g,
  /(?:^|\n)make(?:\[\d+\])?: ([\w@./-]+): No such file or directory/g,
  /executable file not found in \$PATH: "?([\w./-]+)/g,
];
const modulePatterns = [
  /Cannot find (?:module|package) '((?![./]|node:)[^']+)'/g,
  /No module named '?([\w.]+)'?/g,
  /no required module provides package ([^\s;]+)/g,
  /can't find crate for `(\w+)`/g,
];

const namesIn = (text: string, patterns: readonly RegExp[]): string[] => [
  ...new Set(patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name ?? ""))),
];

/**
 * What a failed test run says is not installed, or null when it failed for another reason. Tests that ran and failed
 * in an assertion count as having run.
 */
export const missingParts = (output: string, code: number | null): MissingParts | null => {
  const ran = /AssertionError|ERR_ASSERTION|assertion failed|--- FAIL|\bpanicked at\b/i.test(output);
  // make passes on that its command was not found in words only.
  const notFound = code === 127 || code === 126 || /\bError 12[67]\b/.test(output);
  const programs = notFound ? namesIn(output, programPatterns) : [];
  const modules = ran ? [] : namesIn(output, modulePatterns);
  const missing = modules.length > 0 || notFound;
  return missing ? { programs, modules } : null;
};

/** In words: "the program mocha and the module lodash". */
export const describeMissing = ({ programs, modules }: MissingParts): string => {
  const list = (kind: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`the ${kind}${names.length === 1 ? "" : "s"} ${names.slice(0, 6).join(", ")}`];
  const parts = [...list("program", programs), ...list("module", modules)];
  return parts.length === 0 ? "a program that it starts" : parts.join(" and ");
};
