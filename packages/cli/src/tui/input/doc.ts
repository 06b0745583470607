import { clusterAfter, clusterBefore, isHighHalf } from "./cells.ts";

/* The text that is written, and the cursor in it. Every function gives a new value; lines that stay the same are shared. */

/** `column` in code units, never inside of what is one character to the eye. */
export type Place = { readonly row: number; readonly column: number };
/** There is always a line. */
export type Doc = { readonly lines: readonly string[]; readonly cursor: Place };
export type Span = { readonly from: Place; readonly to: Place };

export const emptyDoc: Doc = { lines: [""], cursor: { row: 0, column: 0 } };

export const lineAt = (doc: Doc, row: number): string => doc.lines[row] ?? "";
export const textOf = (doc: Doc): string => doc.lines.join("\n");
export const isEmpty = (doc: Doc): boolean => doc.lines.length === 1 && doc.lines[0] === "";

export const endOf = (doc: Doc): Place => {
  const row = doc.lines.length - 1;
  return { row, column: lineAt(doc, row).length };
};

/** A text with the cursor at its end. */
export const docOf = (text: string): Doc => {
  const doc: Doc = { lines: text.split("\n"), cursor: emptyDoc.cursor };
  return { ...doc, cursor: endOf(doc) };
};

export const isBefore = (a: Place, b: Place): boolean => a.row < b.row || (a.row === b.row && a.column < b.column);
export const isSame = (a: Place, b: Place): boolean => a.row === b.row && a.column === b.column;
export const spanOf = (a: Place, b: Place): Span => (isBefore(b, a) ? { from: b, to: a } : { from: a, to: b });
export const moved = (doc: Doc, cursor: Place): Doc => ({ lines: doc.lines, cursor });

export const textIn = (doc: Doc, { from, to }: Span): string => {
  if (from.row === to.row) return lineAt(doc, from.row).slice(from.column, to.column);
  const between = doc.lines.slice(from.row + 1, to.row);
  return [lineAt(doc, from.row).slice(from.column), ...between, lineAt(doc, to.row).slice(0, to.column)].join("\n");
};

/** The span's text replaced by another; the cursor stands behind it. */
export const replaced = (doc: Doc, { from, to }: Span, text: string): Doc => {
  const head = lineAt(doc, from.row).slice(0, from.column);
  const tail = lineAt(doc, to.row).slice(to.column);
  const added = text.split("\n");
  const last = added.length - 1;
  const column = (last === 0 ? head.length : 0) + (added[last]?.length ?? 0);
  added[0] = head + (added[0] ?? "");
  added[last] = (added[last] ?? "") + tail;
  const lines = doc.lines.slice(0, from.row).concat(added, doc.lines.slice(to.row + 1));
  return { lines, cursor: { row: from.row + last, column } };
};

export const inserted = (doc: Doc, text: string): Doc => replaced(doc, { from: doc.cursor, to: doc.cursor }, text);

export const placeBefore = (doc: Doc, { row, column }: Place): Place => {
  if (column > 0) return { row, column: clusterBefore(lineAt(doc, row), column) };
  return row === 0 ? { row, column } : { row: row - 1, column: lineAt(doc, row - 1).length };
};

export const placeAfter = (doc: Doc, { row, column }: Place): Place => {
  const line = lineAt(doc, row);
  if (column < line.length) return { row, column: clusterAfter(line, column) };
  return row === doc.lines.length - 1 ? { row, column } : { row: row + 1, column: 0 };
};

/** The nearest place that is one: inside of the text, and not within a character. */
export const clamped = (doc: Doc, place: Place): Place => {
  const row = Math.max(0, Math.min(place.row, doc.lines.length - 1));
  const line = lineAt(doc, row);
  if (place.column >= line.length) return { row, column: line.length };
  return { row, column: place.column <= 0 ? 0 : clusterBefore(line, clusterAfter(line, place.column)) };
};

type Kind = "blank" | "word" | "other" | "mark";

const kindOf = (character: string): Kind => {
  if (/^\s$/u.test(character)) return "blank";
  if (/^[\udc00-\udfff]$/.test(character)) return "mark";
  return /^[\p{L}\p{M}\p{N}_]$/u.test(character) ? "word" : "other";
};

const onBefore = /^[\p{M}\p{Cf}\p{Emoji_Modifier}]$/u;

type Run = { readonly from: number; readonly to: number; readonly kind: Kind };

/** A line as runs of like characters; a mark is a run of its own. `big`: only blanks part words. */
export const runsOf = (line: string, big = false): Run[] => {
  const runs: Run[] = [];
  let at = 0;
  for (const character of line) {
    const found = kindOf(character);
    const last = runs.at(-1);
    // What stands on a character or joins it belongs to it.
    const kind = onBefore.test(character) ? (last?.kind ?? "word") : big && found === "other" ? "word" : found;
    if (last !== undefined && last.kind === kind && kind !== "mark")
      runs[runs.length - 1] = { ...last, to: at + character.length };
    else runs.push({ from: at, to: at + character.length, kind });
    at += character.length;
  }
  return runs;
};

/** A word is looked for this near (code units); what is longer is gone through in steps. */
const nearWords = 4096;

/** A part of a line as runs, with their places in the line. */
const runsBetween = (line: string, from: number, to: number, big: boolean): Run[] => {
  // No character is cut in two.
  const start = from > 0 && isHighHalf(line.charCodeAt(from - 1)) ? from - 1 : Math.max(0, from);
  const end = isHighHalf(line.charCodeAt(to - 1)) ? to + 1 : to;
  return runsOf(line.slice(start, end), big).map((run) => ({ ...run, from: run.from + start, to: run.to + start }));
};

const lastWord = (line: string, column: number, big: boolean): number | undefined =>
  runsBetween(line, column - nearWords, column, big).findLast(({ kind }) => kind !== "blank")?.from;

/** Where the word before a place begins; signs before a word count as one of their own. From a line's beginning it goes one line up. */
export const wordBefore = (doc: Doc, { row, column }: Place, big = false): Place => {
  const from = lastWord(lineAt(doc, row), column, big);
  if (from !== undefined || column > 0 || row === 0) return { row, column: from ?? 0 };
  const line = lineAt(doc, row - 1);
  return { row: row - 1, column: lastWord(line, line.length, big) ?? 0 };
};

const firstEnd = (line: string, column: number, big: boolean): number =>
  runsBetween(line, column, column + nearWords, big).find(({ kind }) => kind !== "blank")?.to ?? line.length;

/** Where the word at or after a place ends. From a line's end it goes one line down. */
export const wordEnd = (doc: Doc, { row, column }: Place, big = false): Place =>
  column < lineAt(doc, row).length || row === doc.lines.length - 1
    ? { row, column: firstEnd(lineAt(doc, row), column, big) }
    : { row: row + 1, column: firstEnd(lineAt(doc, row + 1), 0, big) };

/** Where the next word begins. */
export const wordAfter = (doc: Doc, { row, column }: Place, big = false): Place => {
  const line = lineAt(doc, row);
  const [first, ...others] = runsBetween(line, column, column + nearWords, big);
  const run = (first?.kind === "blank" ? [first, ...others] : others).find(({ kind }) => kind !== "blank");
  if (run !== undefined) return { row, column: run.from };
  if (row === doc.lines.length - 1) return { row, column: line.length };
  const next = runsOf(lineAt(doc, row + 1), big).find(({ kind }) => kind !== "blank");
  return { row: row + 1, column: next?.from ?? 0 };
};
