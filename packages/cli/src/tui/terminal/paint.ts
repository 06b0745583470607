import type { Row } from "../contract.ts";
import { rowWidth } from "./row-width.ts";

/*
 * What must be written so that a terminal which shows one thing shows another. Pure. All moves are relative to the
 * cursor: where on the screen the rows stand is never known.
 */

export type Position = { readonly row: number; readonly column: number };

/** The rows that can still be changed, the last ones of the terminal, and the cursor among them. */
export type Standing = {
  readonly columns: number;
  readonly height: number;
  /** At least one: an empty row, on which the cursor stands, is there before anything was drawn. */
  readonly rows: readonly Row[];
  readonly cursor: Position;
  /** Whether the cursor is seen. */
  readonly shown: boolean;
};

export type Wanted = {
  /** Rows that go above the live ones for good. */
  readonly settled: readonly Row[];
  readonly live: readonly Row[];
  /** In `live`; null: hidden. */
  readonly cursor: Position | null;
};

export type Painted = { readonly bytes: string; readonly standing: Standing };

export const blank = (columns: number, height: number): Standing => ({
  columns,
  height,
  rows: [""],
  cursor: { row: 0, column: 0 },
  shown: true,
});

const up = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : "");
const down = (rows: number): string => (rows > 0 ? `\u001b[${rows}B` : "");
const toColumn = (column: number): string => (column === 0 ? "\r" : `\u001b[${column + 1}G`);

const plainOrColour = /[ -~]|\u001b\[[\d;:]*m/y;

type Shared = { readonly end: number; readonly cells: number; readonly colours: string };

/** How far two rows begin alike, in text whose width is certain; with the colours that hold there. */
const sharedStart = (before: Row, after: Row): Shared => {
  let [end, cells, colours] = [0, 0, ""];
  let last: Shared = { end, cells, colours };
  for (;;) {
    plainOrColour.lastIndex = end;
    const token = plainOrColour.exec(after)?.[0];
    if (token === undefined || !before.startsWith(token, end)) break;
    last = { end, cells, colours };
    end += token.length;
    if (token.length === 1) cells++;
    else colours = token === "\u001b[0m" || token === "\u001b[m" ? "" : colours + token;
  }
  // A mark that follows would join the character before it, which then has to be written again.
  const joined = [before, after].some((row) => row.length > end && (row[end] ?? "") > "~");
  return joined ? last : { end, cells, colours };
};

/** Turns the row on which the cursor stands into another one. */
const changeRow = (before: Row, after: Row): string => {
  const { end, cells, colours } = sharedStart(before, after);
  const rest = after.slice(end);
  // First, because erasing behind a full row would take its last character.
  const erase = end < before.length ? "\u001b[K" : "";
  // A colour that is on would fill what is erased.
  return `${toColumn(cells)}${erase}${rest === "" ? "" : colours + rest}${(colours + rest).includes("\u001b") ? "\u001b[0m" : ""}`;
};

/** Writes rows over those that stand, from the first one on; gives the row on which the cursor is then. */
const writeRows = (before: readonly Row[], after: readonly Row[], from: number): { bytes: string; at: number } => {
  let [bytes, at] = ["", from];
  for (const [index, row] of after.entries()) {
    const old = before[index];
    if (old === row) continue;
    if (old !== undefined) {
      bytes += up(at - index) + down(index - at) + changeRow(old, row);
    } else {
      const last = index - 1;
      bytes += `${up(at - last)}${down(last - at)}\r\n${row === "" ? "" : changeRow("", row).slice(1)}`;
    }
    at = index;
  }
  return { bytes, at };
};

/** Of rows that do not fit on the screen the last ones are shown, with a mark. */
const fitting = (rows: readonly Row[], { columns, height }: Standing): { rows: readonly Row[]; above: number } => {
  if (rows.length <= height) return { rows: rows.length === 0 ? [""] : rows, above: 0 };
  const shown = rows.slice(rows.length - height + 1);
  return {
    rows: [`… ${rows.length - shown.length} rows above`.slice(0, columns), ...shown],
    above: rows.length - height,
  };
};

/** The bytes that bring the terminal from what stands there to what is wanted, and what stands there then. */
export const paint = (standing: Standing, wanted: Wanted): Painted => {
  const { rows, above } = fitting(wanted.live, standing);
  const all = [...wanted.settled, ...rows];
  const written = writeRows(standing.rows, all, standing.cursor.row);
  let { bytes, at } = written;
  if (all.length < standing.rows.length) {
    bytes += `${up(at - all.length)}${down(all.length - at)}\r\u001b[J`;
    at = all.length;
  }
  const inLive = wanted.cursor === null ? null : Math.max(0, wanted.cursor.row - above);
  const target = wanted.settled.length + Math.min(inLive ?? rows.length - 1, rows.length - 1);
  const column = Math.min(wanted.cursor?.column ?? 0, standing.columns - 1);
  const moved = target !== standing.cursor.row || column !== standing.cursor.column;
  if (bytes !== "" || moved) bytes += up(at - target) + down(target - at) + toColumn(column);
  const shown = wanted.cursor !== null;
  const next = { ...standing, rows, cursor: { row: target - wanted.settled.length, column }, shown };
  return { bytes: framed(bytes, standing.shown, shown), standing: next };
};

/** A whole frame appears at once where the terminal can do that, and the cursor is not seen on its way. */
const framed = (bytes: string, wasShown: boolean, shown: boolean): string => {
  if (bytes === "") return wasShown === shown ? "" : shown ? "\u001b[?25h" : "\u001b[?25l";
  // Rows that a terminal takes for wider than we do must not begin another row.
  const safe = `\u001b[?7l${bytes}\u001b[?7h`;
  return `\u001b[?2026h${wasShown ? "\u001b[?25l" : ""}${safe}${shown ? "\u001b[?25h" : ""}\u001b[?2026l`;
};

/** What a terminal does to rows that become too long when it gets narrower. */
export type Reflow = {
  /** It breaks them; otherwise it cuts them. */
  readonly rows: boolean;
  /** Also the one on which the cursor stands. */
  readonly cursorRow: boolean;
  /** The cursor moves down for each row that breaks, those below it included. */
  readonly below: boolean;
};

/** Takes away what stood there before the terminal got another size. */
export const clearResized = (standing: Standing, columns: number, height: number, reflow: Reflow): Painted => {
  const { rows, cursor } = standing;
  const broken = (cells: number): number => (reflow.rows ? Math.max(1, Math.ceil(cells / columns)) : 1);
  const above = rows.slice(0, cursor.row).reduce((sum, row) => sum + broken(rowWidth(row)), 0);
  // Behind the end of its row the cursor stays with the last part of it.
  const last = Math.max(0, rowWidth(rows[cursor.row] ?? "") - 1);
  const inRow = reflow.rows && reflow.cursorRow ? Math.floor(Math.min(cursor.column, last) / columns) : 0;
  const further = reflow.below ? rows.slice(cursor.row + 1) : [];
  const pushed = further.reduce((sum, row) => sum + broken(rowWidth(row)) - 1, 0);
  return {
    bytes: `${up(Math.min(above + inRow + pushed, height - 1))}\r\u001b[J`,
    standing: { ...blank(columns, height), shown: standing.shown },
  };
};

/** The same for the alternate screen, whose rows have fixed places. */
export const paintFull = (before: readonly Row[], after: readonly Row[], height: number): string => {
  const changes = Array.from({ length: height }, (_, index) => {
    const [old = "", row = ""] = [before[index], after[index]];
    return old === row ? "" : `\u001b[${index + 1};1H${changeRow(old, row)}`;
  }).join("");
  return changes === "" ? "" : `\u001b[?2026h\u001b[?7l${changes}\u001b[?7h\u001b[?2026l`;
};
