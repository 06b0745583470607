import { clustersOfRow, type LineRow, partOf, rowsOfLine, type Wrap } from "./break-lines.ts";
import { type Doc, lineAt, type Place } from "./doc.ts";

/* Lines as rows of a terminal: which place stands in which cell. */

/** A row of the whole text: the line, and which of its rows. */
export type RowPlace = { readonly row: number; readonly part: number };

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
