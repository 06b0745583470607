import { type Cluster, clustersOf, type Looks } from "./cells.ts";
import { type Doc, lineAt, type Place } from "./doc.ts";

/* Lines as rows of a terminal: where they break, and which place stands in which cell. */

/** A part of a line that fills one row, in code units. */
export type LineRow = { readonly from: number; readonly to: number };

/** How wide rows are (cells), and how marks look. */
export type Wrap = { readonly cells: number; readonly looks: Looks };

/** A row of the whole text: the line, and which of its rows. */
export type RowPlace = { readonly row: number; readonly part: number };

const ascii = /^[\u0020-\u007e]*$/;

const asciiRows = (line: string, cells: number): LineRow[] => {
  const rows: LineRow[] = [];
  let from = 0;
  while (line.length - from > cells) {
    const blank = line.lastIndexOf(" ", from + cells - 1);
    const to = blank > from ? blank + 1 : from + cells;
    rows.push({ from, to });
    from = to;
  }
  return [...rows, { from, to: line.length }];
};

const widerRows = (line: string, { cells, looks }: Wrap): LineRow[] => {
  const rows: LineRow[] = [];
  const clusters = clustersOf(line, looks).map((cluster) => fitted(cluster, cells));
  let from = 0;
  let filled = 0;
  let blank: { readonly to: number; readonly filled: number } | null = null;
  for (const cluster of clusters) {
    if (filled + cluster.cells > cells && cluster.from > from) {
      const to: number = blank?.to ?? cluster.from;
      rows.push({ from, to });
      filled = blank === null ? 0 : filled - blank.filled;
      from = to;
      blank = null;
      // What follows the blank may still be too much with this one.
      if (filled + cluster.cells > cells && cluster.from > from) {
        rows.push({ from, to: cluster.from });
        from = cluster.from;
        filled = 0;
      }
    }
    filled += cluster.cells;
    if (line[cluster.from] === " ") blank = { to: cluster.to, filled };
  }
  return [...rows, { from, to: line.length }];
};

/** What is wider than a whole row is cut, or the terminal would break it. */
const fitted = (cluster: Cluster, cells: number): Cluster => {
  if (cluster.cells <= cells) return cluster;
  if (!ascii.test(cluster.shown)) return { ...cluster, shown: "…", cells: 1 };
  return { ...cluster, shown: `${cluster.shown.slice(0, cells - 1)}…`, cells };
};

const brokenRows = (line: string, wrap: Wrap): readonly LineRow[] => {
  if (line.length <= wrap.cells && ascii.test(line)) return [{ from: 0, to: line.length }];
  return ascii.test(line) ? asciiRows(line, wrap.cells) : widerRows(line, wrap);
};

type Known = { readonly cells: number; readonly rows: Map<string, readonly LineRow[]> };
const known = new WeakMap<Looks, Known>();
const longLine = 500;
const mostKnown = 8;

/** The rows of a line, at least one. They break behind blanks where there are some. Those of long lines are remembered: a key asks for them several times. */
export const rowsOfLine = (line: string, wrap: Wrap): readonly LineRow[] => {
  if (line.length < longLine) return brokenRows(line, wrap);
  let lines = known.get(wrap.looks);
  if (lines?.cells !== wrap.cells) {
    lines = { cells: wrap.cells, rows: new Map() };
    known.set(wrap.looks, lines);
  }
  const found = lines.rows.get(line);
  if (found !== undefined) return found;
  if (lines.rows.size >= mostKnown) lines.rows.clear();
  const rows = brokenRows(line, wrap);
  lines.rows.set(line, rows);
  return rows;
};

/** What is shown of a row. */
export const clustersOfRow = (line: string, { from, to }: LineRow, { cells, looks }: Wrap): readonly Cluster[] =>
  clustersOf(line.slice(from, to), looks).map((cluster) => {
    const { shown, cells: filled } = fitted(cluster, cells);
    return { from: cluster.from + from, to: cluster.to + from, shown, cells: filled };
  });

/** Which row of its line a column is in; at a break, the row that begins there. */
export const partOf = (rows: readonly LineRow[], column: number): number =>
  Math.max(
    0,
    rows.findLastIndex(({ from }) => from <= column),
  );

/** The cells before a column in its row. */
export const cellOf = (line: string, row: LineRow, column: number, wrap: Wrap): number =>
  clustersOfRow(line, row, wrap).reduce((sum, { to, cells }) => (to <= column ? sum + cells : sum), 0);

/** The column that stands at a cell of a row, or the last one before it. */
const columnAt = (line: string, row: LineRow, cell: number, last: boolean, wrap: Wrap): number => {
  let filled = 0;
  const clusters = clustersOfRow(line, row, wrap);
  for (const { from, cells } of clusters) {
    if (filled + cells > cell) return from;
    filled += cells;
  }
  // The end of a row that goes on is the beginning of the next one.
  return last ? row.to : (clusters.at(-1)?.from ?? row.from);
};

/** The row below (`by` 1) or above (-1); null at the end of the text. */
export const neighbour = (doc: Doc, { row, part }: RowPlace, by: 1 | -1, wrap: Wrap): RowPlace | null => {
  const next = part + by;
  if (next >= 0 && next < rowsOfLine(lineAt(doc, row), wrap).length) return { row, part: next };
  if (row + by < 0 || row + by >= doc.lines.length) return null;
  return { row: row + by, part: by === 1 ? 0 : rowsOfLine(lineAt(doc, row - 1), wrap).length - 1 };
};

/** The row that the cursor is in. */
export const cursorRow = ({ lines, cursor }: Doc, wrap: Wrap): RowPlace => ({
  row: cursor.row,
  part: partOf(rowsOfLine(lines[cursor.row] ?? "", wrap), cursor.column),
});

/** How many cells of its row are before the cursor. */
export const cursorCell = (doc: Doc, wrap: Wrap): number => {
  const line = lineAt(doc, doc.cursor.row);
  const rows = rowsOfLine(line, wrap);
  const row = rows[partOf(rows, doc.cursor.column)] ?? { from: 0, to: line.length };
  return cellOf(line, row, doc.cursor.column, wrap);
};

/** The place at a cell of the row `by` rows away; null when there is none. */
export const placeInRow = (doc: Doc, by: 1 | -1, cell: number, wrap: Wrap): Place | null => {
  const target = neighbour(doc, cursorRow(doc, wrap), by, wrap);
  if (target === null) return null;
  const line = lineAt(doc, target.row);
  const rows = rowsOfLine(line, wrap);
  const row = rows[target.part] ?? { from: 0, to: line.length };
  return { row: target.row, column: columnAt(line, row, cell, target.part === rows.length - 1, wrap) };
};
