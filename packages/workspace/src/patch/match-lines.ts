/*
 * Models quote files from memory: white space at line ends, indentation and typographic punctuation are what they get
 * wrong. So lines are compared four times, each time more loosely, and a stricter match anywhere wins over a looser one.
 */

const dashes = /[\u2010-\u2015\u2212]/g;
const singleQuotes = /[\u2018-\u201b]/g;
const doubleQuotes = /[\u201c-\u201f]/g;
const spaces = /[\u00a0\u2002-\u200a\u202f\u205f\u3000]/g;

/** Trimmed, with typographic dashes, quotes and spaces as their ASCII ones: the loosest form in which lines are equal. */
export const plainLine = (line: string): string =>
  line.trim().replace(dashes, "-").replace(singleQuotes, "'").replace(doubleQuotes, '"').replace(spaces, " ");

const forms: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  plainLine,
];

/** A file's lines, prepared to be searched more than once. */
export type LineIndex = { readonly lines: readonly string[]; readonly prepared: (readonly string[] | undefined)[] };

export const indexLines = (lines: readonly string[]): LineIndex => ({ lines, prepared: [lines] });

const isAt = (lines: readonly string[], pattern: readonly string[], at: number): boolean => {
  for (let offset = 0; offset < pattern.length; offset += 1) if (lines[at + offset] !== pattern[offset]) return false;
  return true;
};

/**
 * The first line at or after `from` where all of `pattern` stands, or undefined. With `atEnd` only the last possible
 * place is looked at. `pattern` must not be empty.
 */
export const findLines = (
  index: LineIndex,
  pattern: readonly string[],
  from: number,
  atEnd: boolean,
): number | undefined => {
  const last = index.lines.length - pattern.length;
  const first = atEnd ? Math.max(from, last) : from;
  if (first > last) return undefined;
  for (const [level, form] of forms.entries()) {
    const lines = index.prepared[level] ?? index.lines.map(form);
    index.prepared[level] = lines;
    const wanted = pattern.map(form);
    for (let at = first; at <= last; at += 1) if (isAt(lines, wanted, at)) return at;
  }
  return undefined;
};
