import {
  clamped,
  type Doc,
  inserted,
  lineAt,
  moved,
  type Place,
  placeAfter,
  placeBefore,
  replaced,
  type Span,
  spanOf,
  textIn,
} from "./doc.ts";
import { motionTarget } from "./vim-motions.ts";

/* What vi's operators make of a text. */

export type VimMode = "insert" | "normal" | "visual" | "visual-lines";

/** What `p` puts in. */
type Register = { readonly text: string; readonly lines: boolean };

export type Vim = {
  readonly mode: VimMode;
  /** Keys of a command that is not whole yet. */
  readonly pending: string;
  /** Where the selection began. */
  readonly anchor: Place | null;
  readonly register: Register;
};

/** What a key did. `edited`: the text is another, so that it can be undone; `ask`: what only the editor can do. */
export type VimStep = {
  readonly vim: Vim;
  readonly doc: Doc;
  readonly edited: boolean;
  readonly ask?: "undo" | "redo";
};

/** Whole lines, from row to row. */
const linesIn = (doc: Doc, from: number, to: number): string => doc.lines.slice(from, to + 1).join("\n");

const withoutLines = (doc: Doc, from: number, to: number): Doc => {
  const lines = [...doc.lines.slice(0, from), ...doc.lines.slice(to + 1)];
  const left = lines.length === 0 ? [""] : lines;
  const row = Math.min(from, left.length - 1);
  return { lines: left, cursor: { row, column: Math.max(0, (left[row] ?? "").search(/\S/)) } };
};

/** Back in normal mode. */
export const normal = (vim: Vim): Vim => ({ ...vim, mode: "normal", pending: "", anchor: null });
/** Text is typed from now on. */
export const insert = (vim: Vim): Vim => ({ ...vim, mode: "insert", pending: "", anchor: null });

/** In normal mode the cursor stands on a character, not behind the last one. */
export const onCharacter = (doc: Doc): Doc => {
  const { row, column } = doc.cursor;
  const length = lineAt(doc, row).length;
  return column >= length && length > 0 ? moved(doc, placeBefore(doc, { row, column: length })) : doc;
};

/** Deletes, changes or keeps whole lines. */
export const operateOnLines = (vim: Vim, doc: Doc, operator: string, a: number, b: number): VimStep => {
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  const kept = { ...vim, register: { text: linesIn(doc, from, to), lines: true } };
  if (operator === "y")
    return { vim: normal(kept), doc: moved(doc, clamped(doc, { ...doc.cursor, row: from })), edited: false };
  if (operator === "d") return { vim: normal(kept), doc: onCharacter(withoutLines(doc, from, to)), edited: true };
  const span = { from: { row: from, column: 0 }, to: { row: to, column: lineAt(doc, to).length } };
  return { vim: insert(kept), doc: replaced(doc, span, ""), edited: true };
};

/** Deletes, changes or keeps a part of the text. */
export const operateOnSpan = (vim: Vim, doc: Doc, operator: string, span: Span): VimStep => {
  const kept = { ...vim, register: { text: textIn(doc, span), lines: false } };
  if (operator === "y") return { vim: normal(kept), doc: onCharacter(moved(doc, span.from)), edited: false };
  const without = replaced(doc, span, "");
  return operator === "d"
    ? { vim: normal(kept), doc: onCharacter(without), edited: true }
    : { vim: insert(kept), doc: without, edited: true };
};

/** An operator with its motion; null: that leads nowhere. */
export const operate = (vim: Vim, doc: Doc, operator: string, motion: string, count: number | null): VimStep | null => {
  const { row } = doc.cursor;
  if (motion === operator)
    return operateOnLines(vim, doc, operator, row, Math.min(doc.lines.length - 1, row + (count ?? 1) - 1));
  // `cw` leaves the blank after the word, as it always has.
  const meant = operator === "c" && /^[wW]$/.test(motion) ? (motion === "w" ? "e" : "E") : motion;
  const target = motionTarget(doc, meant, count);
  if (target === null) return null;
  if (target.lines) return operateOnLines(vim, doc, operator, row, target.place.row);
  // `dw` at a line's last word does not join lines.
  const ends = /^[wW]$/.test(meant) && target.place.row > row ? { row, column: lineAt(doc, row).length } : target.place;
  const { from, to } = spanOf(doc.cursor, ends);
  return operateOnSpan(vim, doc, operator, { from, to: target.inclusive ? afterOnLine(doc, to) : to });
};

/** The place after a character, at most the line's end. */
export const afterOnLine = (doc: Doc, place: Place): Place =>
  place.column >= lineAt(doc, place.row).length ? place : placeAfter(doc, place);

/** Puts in what was kept, so many times. */
export const put = (vim: Vim, doc: Doc, before: boolean, count: number): VimStep => {
  const { text, lines } = vim.register;
  if (text === "" && !lines) return { vim: normal(vim), doc, edited: false };
  const { row } = doc.cursor;
  if (lines) {
    const added = Array.from({ length: count }, () => text).join("\n");
    const at = before ? row : row + 1;
    const all = [...doc.lines.slice(0, at), ...added.split("\n"), ...doc.lines.slice(at)];
    return { vim: normal(vim), doc: { lines: all, cursor: { row: at, column: 0 } }, edited: true };
  }
  const at = before ? doc.cursor : afterOnLine(doc, doc.cursor);
  return { vim: normal(vim), doc: onLastPut(inserted(moved(doc, at), text.repeat(count))), edited: true };
};

/** On the last character of what was put in. */
const onLastPut = (doc: Doc): Doc => (doc.cursor.column === 0 ? doc : moved(doc, placeBefore(doc, doc.cursor)));

/** A new line, above or below. */
export const open = (vim: Vim, doc: Doc, below: boolean): VimStep => {
  const { row } = doc.cursor;
  const at = below ? { row, column: lineAt(doc, row).length } : { row, column: 0 };
  const added = inserted(moved(doc, at), "\n");
  return { vim: insert(vim), doc: below ? added : moved(added, at), edited: true };
};
