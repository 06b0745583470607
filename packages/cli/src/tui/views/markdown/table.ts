import type { Tokens } from "marked";
import type { ViewSettings } from "../../contract.ts";
import { type Line, lineOf, lineWidth, type Span, span, wrapLine } from "../spans.ts";
import { inlineLines } from "./inline.ts";

type Row = readonly Line[];

const cellsOf = (row: readonly Tokens.TableCell[], settings: ViewSettings, header: boolean): Row =>
  row.map((cell) => inlineLines(cell.tokens, settings, header ? "strong" : "plain").flat());

/** Narrower than this a column says nothing. */
const leastColumn = 6;
const between = 3;

/** Widths that fit, taken from the widest columns; null when there are too many of them. */
const fittingWidths = (natural: readonly number[], columns: number): number[] | null => {
  const room = columns - between * (natural.length - 1);
  const widths = [...natural];
  let sum = widths.reduce((all, width) => all + width, 0);
  while (sum > room) {
    const widest = Math.max(...widths);
    if (widest <= leastColumn) return null;
    const next = Math.max(leastColumn, ...widths.filter((width) => width < widest));
    const many = widths.filter((width) => width === widest).length;
    const each = Math.max(1, Math.min(widest - next, Math.ceil((sum - room) / many)));
    for (const [at, width] of widths.entries()) if (width === widest) widths[at] = width - each;
    sum -= each * many;
  }
  return widths;
};

type Align = Tokens.Table["align"][number];

const padded = (line: Line, width: number, align: Align): Span[] => {
  const free = Math.max(0, width - lineWidth(line));
  const left = align === "right" ? free : align === "center" ? Math.floor(free / 2) : 0;
  return [span(" ".repeat(left)), ...line, span(" ".repeat(free - left))];
};

const drawnRow = (row: Row, widths: readonly number[], align: readonly Align[]): Line[] => {
  const cells = widths.map((width, at) => wrapLine(row[at] ?? [], width));
  const height = Math.max(1, ...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) =>
    widths.flatMap((width, at) => [
      ...(at === 0 ? [] : [span(" │ ", "dim")]),
      ...padded(cells[at]?.[line] ?? [], width, align[at] ?? null),
    ]),
  );
};

/** For screen readers, and where there is no room for columns. */
const asRecords = (header: Row, rows: readonly Row[]): Line[] =>
  rows.flatMap((row, index) => [
    ...(index === 0 ? [] : [lineOf("")]),
    ...header.map((name, at): Line => [...name, span(": "), ...(row[at] ?? [])]),
  ]);

/** A table in at most `columns` cells. */
export const tableLines = (table: Tokens.Table, columns: number, settings: ViewSettings): Line[] => {
  const header = cellsOf(table.header, settings, true);
  const rows = table.rows.map((row) => cellsOf(row, settings, false));
  const natural = header.map((cell, at) =>
    rows.reduce((most, row) => Math.max(most, lineWidth(row[at] ?? [])), Math.max(1, lineWidth(cell))),
  );
  const widths = settings.plain ? null : fittingWidths(natural, columns);
  if (widths === null) return asRecords(header, rows);
  const rule = lineOf(widths.map((width) => "─".repeat(width)).join("─┼─"), "dim");
  return [...drawnRow(header, widths, table.align), rule, ...rows.flatMap((row) => drawnRow(row, widths, table.align))];
};
