import type { ViewSettings } from "../contract.ts";
import { type Cluster, clustersOf, cut, widthOf } from "./cells.ts";

/** What a piece of text is; the theme says how that looks. */
export type Style =
  | "plain"
  | "dim"
  | "strong"
  | "emphasis"
  | "strike"
  | "good"
  | "bad"
  | "warn"
  | "accent"
  | "code"
  | "keyword"
  | "string"
  | "comment"
  | "number"
  | "added"
  | "removed"
  | "heading"
  | "link"
  | "found";

/** A piece of a line. Its text is free of controls; `link` is an address that is safe to give to a terminal. */
export type Span = { readonly text: string; readonly style: Style; readonly link?: string };

/** One row before it is painted. */
export type Line = readonly Span[];

export const span = (text: string, style: Style = "plain"): Span => ({ text, style });
export const lineOf = (text: string, style: Style = "plain"): Line => [span(text, style)];

/** Rows are one column narrower than the terminal: some break a row as soon as its last column is filled. */
export const columnsFor = ({ columns }: ViewSettings): number => Math.max(1, columns - 1);

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + widthOf(text), 0);

/** Adds rows to rows. A call with all of them as arguments would fail where they are very many. */
export const append = (to: Line[], more: readonly Line[]): void => {
  for (const line of more) to.push(line);
};

const merged = (spans: readonly Span[]): Line => {
  const line: Span[] = [];
  for (const one of spans) {
    const last = line.at(-1);
    if (one.text === "") continue;
    if (last !== undefined && last.style === one.style && last.link === one.link)
      line[line.length - 1] = { ...last, text: last.text + one.text };
    else line.push(one);
  }
  return line;
};

/** At most `columns` cells of a line. */
export const cutLine = (line: Line, columns: number): Line => {
  if (lineWidth(line) <= columns) return line;
  let left = columns;
  const kept: Span[] = [];
  for (const one of line) {
    const cells = widthOf(one.text);
    // The mark of what is cut needs a cell too.
    if (cells < left) {
      kept.push(one);
      left -= cells;
      continue;
    }
    kept.push({ ...one, text: cut(`${one.text} `, left) });
    break;
  }
  return merged(kept);
};

type Piece = Cluster & { readonly of: Span };

/** Where a full row is broken: after its last blank, or beside a wide character; anywhere when that leaves much empty. */
const breakAt = (row: readonly Piece[], next: Piece, columns: number): number => {
  if (next.text === " " || next.cells > 1) return row.length;
  let cells = row.reduce((sum, piece) => sum + piece.cells, 0);
  for (let at = row.length; at > 0; at -= 1) {
    const piece = row[at - 1];
    if (piece === undefined || cells < columns / 3) break;
    if (piece.text === " " || piece.cells > 1) return at;
    cells -= piece.cells;
  }
  return row.length;
};

const spansOf = (row: readonly Piece[]): Line => merged(row.map(({ text, of }) => ({ ...of, text })));

const withoutEnd = (row: readonly Piece[]): readonly Piece[] => {
  let end = row.length;
  while (end > 0 && row[end - 1]?.text === " ") end -= 1;
  return row.slice(0, end);
};

/** A line as rows of at most `columns` cells. `exact`: broken anywhere, and no blank of it is lost. */
export const wrapLine = (line: Line, columns: number, exact = false): Line[] => {
  const width = Math.max(1, columns);
  if (lineWidth(line) <= width) return [merged(line)];
  const rows: Line[] = [];
  let row: Piece[] = [];
  let cells = 0;
  const pieces = line.flatMap((of) => clustersOf(of.text).map((cluster): Piece => ({ ...cluster, of })));
  for (const piece of pieces) {
    if (row.length > 0 && cells + piece.cells > width) {
      const at = exact ? row.length : breakAt(row, piece, width);
      rows.push(spansOf(exact ? row : withoutEnd(row.slice(0, at))));
      row = row.slice(at);
      cells = row.reduce((sum, { cells: each }) => sum + each, 0);
      if (!exact && row.length === 0 && piece.text === " ") continue;
    }
    // What fits into no row at all, such as a wide character in one column.
    row.push(piece.cells > width ? { text: "…".slice(0, width), cells: 1, of: piece.of } : piece);
    cells += Math.min(piece.cells, width);
  }
  if (row.length > 0) rows.push(spansOf(row));
  return rows;
};

/** Lines as rows with something before the first and before the others. */
export const indented = (
  lines: readonly Line[],
  columns: number,
  { first, next }: { readonly first: Line; readonly next: Line },
  exact = false,
): Line[] => {
  // On a screen of a few columns there is no room for what stands before.
  const room = columns - Math.max(lineWidth(first), lineWidth(next));
  if (room < 4) return lines.flatMap((line) => wrapLine(line, columns, exact));
  return lines
    .flatMap((line) => wrapLine(line, room, exact))
    .map((line, index) => [...(index === 0 ? first : next), ...line]);
};
