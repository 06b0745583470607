import { widthOf } from "../views/cells.ts";

/** Sequences that fill no cell: colours, and links (OSC 8). */
const sequences = /\u001b\[[\d;:]*m|\u001b\]8;[^\u0007\u001b]*(?:\u0007|\u001b\\)/g;

/** Cells that a row fills on the terminal. */
export const rowWidth = (row: string): number => widthOf(row.includes("\u001b") ? row.replace(sequences, "") : row);
