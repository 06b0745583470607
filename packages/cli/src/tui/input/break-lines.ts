import { type Cluster, clustersOf, type Looks } from "./cells.ts";

/* Where lines break into rows. With each key a line is another one, and lines may be long: only what changed is broken anew. */

/** A part of a line that fills one row, in code units. */
export type LineRow = { readonly from: number; readonly to: number };

/** How wide rows are (cells), and how marks look. */
export type Wrap = { readonly cells: number; readonly looks: Looks };

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

/** Rows of these clusters, in order; the last one may go on behind them. */
const rowsOfClusters = (line: string, start: number, clusters: readonly Cluster[], { cells }: Wrap): LineRow[] => {
  const rows: LineRow[] = [];
  let from = start;
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
  return [...rows, { from, to: clusters.at(-1)?.to ?? from }];
};

/** So much of a long line is broken at a time, in code units. */
const pieceUnits = 4096;

/** The rows from where one begins, piece by piece: a row depends on nothing before it. `enough` ends it early. */
const rowsFrom = (line: string, start: number, wrap: Wrap, enough: (row: LineRow) => boolean): LineRow[] => {
  const rows: LineRow[] = [];
  let from = start;
  for (let units = pieceUnits; ; ) {
    const end = Math.min(line.length, from + units);
    const clusters = clustersOf(line.slice(from, end), wrap.looks).map((one) =>
      fitted({ ...one, from: one.from + from, to: one.to + from }, wrap.cells),
    );
    const last = end === line.length;
    // A piece may end within a character, half of which looks like one more; and its last row goes on in the next piece.
    const made = rowsOfClusters(line, from, last ? clusters : clusters.slice(0, -2), wrap);
    for (const row of last ? made : made.slice(0, -1)) {
      if (enough(row)) return rows;
      rows.push(row);
    }
    if (last) return rows;
    const next = made.at(-1)?.from ?? from;
    units = next === from ? 2 * units : pieceUnits;
    from = next;
  }
};

type Broken = { readonly line: string; readonly rows: readonly LineRow[] };

const sameAtStart = (a: string, b: string): number => {
  let same = 0;
  for (let step = 65_536; step >= 1; step = Math.floor(step / 2))
    while (same + step <= Math.min(a.length, b.length) && a.startsWith(b.slice(same, same + step), same)) same += step;
  return same;
};

const sameAtEnd = (a: string, b: string, most: number): number => {
  let same = 0;
  for (let step = 65_536; step >= 1; step = Math.floor(step / 2))
    while (same + step <= most && a.endsWith(b.slice(b.length - same - step, b.length - same), a.length - same))
      same += step;
  return same;
};

/** Which row of its line a column is in; at a break, the row that begins there. */
export const partOf = (rows: readonly LineRow[], column: number): number =>
  Math.max(
    0,
    rows.findLastIndex(({ from }) => from <= column),
  );

/** How many rows before a change depend on text that is near to it. */
const rowsBefore = 4;

/** The rows of a line that was another one before: only those around the difference are made anew. */
const changedRows = (line: string, before: Broken, wrap: Wrap): LineRow[] => {
  const head = sameAtStart(line, before.line);
  const tail = sameAtEnd(line, before.line, Math.min(line.length, before.line.length) - head);
  const moved = line.length - before.line.length;
  const first = Math.max(0, partOf(before.rows, head) - rowsBefore);
  const kept = before.rows.slice(0, first);
  const later = new Map(before.rows.map((row, index) => [row.from, index]));
  let rest = before.rows.length;
  const made = rowsFrom(line, before.rows[first]?.from ?? 0, wrap, (row) => {
    const known = row.from > line.length - tail ? later.get(row.from - moved) : undefined;
    rest = known ?? rest;
    return known !== undefined;
  });
  const after = before.rows.slice(rest).map(({ from, to }) => ({ from: from + moved, to: to + moved }));
  return [...kept, ...made, ...after];
};

/** What is wider than a whole row is cut, or the terminal would break it. */
const fitted = (cluster: Cluster, cells: number): Cluster => {
  if (cluster.cells <= cells) return cluster;
  if (!ascii.test(cluster.shown)) return { ...cluster, shown: "…", cells: 1 };
  return { ...cluster, shown: `${cluster.shown.slice(0, cells - 1)}…`, cells };
};

const brokenRows = (line: string, wrap: Wrap, before: Broken | null): readonly LineRow[] => {
  if (line.length <= wrap.cells && ascii.test(line)) return [{ from: 0, to: line.length }];
  if (ascii.test(line)) return asciiRows(line, wrap.cells);
  return before === null ? rowsFrom(line, 0, wrap, () => false) : changedRows(line, before, wrap);
};

/** `last`: a long line that was broken in the same way, of which the next one may be a change. */
type Known = { readonly cells: number; readonly rows: Map<string, readonly LineRow[]>; last: Broken | null };
const known = new WeakMap<Looks, Known>();
const longLine = 500;
const mostKnown = 8;

/** The rows of a line, at least one. They break behind blanks where there are some. Those of long lines are remembered: a key asks for them several times. */
export const rowsOfLine = (line: string, wrap: Wrap): readonly LineRow[] => {
  if (line.length < longLine) return brokenRows(line, wrap, null);
  let lines = known.get(wrap.looks);
  if (lines?.cells !== wrap.cells) {
    lines = { cells: wrap.cells, rows: new Map(), last: null };
    known.set(wrap.looks, lines);
  }
  const found = lines.rows.get(line);
  if (found !== undefined) return found;
  if (lines.rows.size >= mostKnown) lines.rows.clear();
  const rows = brokenRows(line, wrap, lines.last);
  lines.rows.set(line, rows);
  if (!ascii.test(line)) lines.last = { line, rows };
  return rows;
};

/** What is shown of a row. */
export const clustersOfRow = (line: string, { from, to }: LineRow, { cells, looks }: Wrap): readonly Cluster[] =>
  clustersOf(line.slice(from, to), looks).map((cluster) => {
    const { shown, cells: filled } = fitted(cluster, cells);
    return { from: cluster.from + from, to: cluster.to + from, shown, cells: filled };
  });
