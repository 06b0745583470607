import type { Key } from "../contract.ts";
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
import { motionPrefixes, motionTarget } from "./vim-motions.ts";

/* The keys of vi, as a pure function: what stands there and a key → what stands there then. */

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

export const startVim: Vim = { mode: "insert", pending: "", anchor: null, register: { text: "", lines: false } };

const command = /^([1-9]\d*)?(?:([dcy])([1-9]\d*)?)?(.*)$/s;
/** With a selection an operator has all that it needs. */
const visualCommand = /^([1-9]\d*)?()()(.*)$/s;
const mostTimes = 9999;

const times = (text: string | undefined): number | null =>
  text === undefined || text === "" ? null : Math.min(mostTimes, Number(text));

/** Whole lines, from row to row. */
const linesIn = (doc: Doc, from: number, to: number): string => doc.lines.slice(from, to + 1).join("\n");

const withoutLines = (doc: Doc, from: number, to: number): Doc => {
  const lines = [...doc.lines.slice(0, from), ...doc.lines.slice(to + 1)];
  const left = lines.length === 0 ? [""] : lines;
  const row = Math.min(from, left.length - 1);
  return { lines: left, cursor: { row, column: Math.max(0, (left[row] ?? "").search(/\S/)) } };
};

const normal = (vim: Vim): Vim => ({ ...vim, mode: "normal", pending: "", anchor: null });
const insert = (vim: Vim): Vim => ({ ...vim, mode: "insert", pending: "", anchor: null });

/** In normal mode the cursor stands on a character, not behind the last one. */
export const onCharacter = (doc: Doc): Doc => {
  const { row, column } = doc.cursor;
  const length = lineAt(doc, row).length;
  return column >= length && length > 0 ? moved(doc, placeBefore(doc, { row, column: length })) : doc;
};

const operateOnLines = (vim: Vim, doc: Doc, operator: string, a: number, b: number): VimStep => {
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  const kept = { ...vim, register: { text: linesIn(doc, from, to), lines: true } };
  if (operator === "y")
    return { vim: normal(kept), doc: moved(doc, clamped(doc, { ...doc.cursor, row: from })), edited: false };
  if (operator === "d") return { vim: normal(kept), doc: onCharacter(withoutLines(doc, from, to)), edited: true };
  const span = { from: { row: from, column: 0 }, to: { row: to, column: lineAt(doc, to).length } };
  return { vim: insert(kept), doc: replaced(doc, span, ""), edited: true };
};

const operateOnSpan = (vim: Vim, doc: Doc, operator: string, span: Span): VimStep => {
  const kept = { ...vim, register: { text: textIn(doc, span), lines: false } };
  if (operator === "y") return { vim: normal(kept), doc: onCharacter(moved(doc, span.from)), edited: false };
  const without = replaced(doc, span, "");
  return operator === "d"
    ? { vim: normal(kept), doc: onCharacter(without), edited: true }
    : { vim: insert(kept), doc: without, edited: true };
};

const operate = (vim: Vim, doc: Doc, operator: string, motion: string, count: number | null): VimStep | null => {
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

const afterOnLine = (doc: Doc, place: Place): Place =>
  place.column >= lineAt(doc, place.row).length ? place : placeAfter(doc, place);

const put = (vim: Vim, doc: Doc, before: boolean, count: number): VimStep => {
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

const open = (vim: Vim, doc: Doc, below: boolean): VimStep => {
  const { row } = doc.cursor;
  const at = below ? { row, column: lineAt(doc, row).length } : { row, column: 0 };
  const added = inserted(moved(doc, at), "\n");
  return { vim: insert(vim), doc: below ? added : moved(added, at), edited: true };
};

const insertAt = (doc: Doc, name: string): Place => {
  const { row } = doc.cursor;
  const line = lineAt(doc, row);
  if (name === "a") return afterOnLine(doc, doc.cursor);
  if (name === "A") return { row, column: line.length };
  return name === "I" ? { row, column: Math.max(0, line.search(/\S/)) } : doc.cursor;
};

const short: Readonly<Record<string, readonly [string, string]>> = {
  x: ["d", "l"],
  X: ["d", "h"],
  D: ["d", "$"],
  C: ["c", "$"],
  Y: ["y", "y"],
  s: ["c", "l"],
  S: ["c", "c"],
};

/** A command without an operator; null: it is none. */
const simple = (vim: Vim, doc: Doc, name: string, count: number | null): VimStep | null => {
  const alias = short[name];
  if (alias !== undefined) return operate(vim, doc, alias[0], alias[1], count);
  switch (name) {
    case "i":
    case "a":
    case "I":
    case "A":
      return { vim: insert(vim), doc: moved(doc, insertAt(doc, name)), edited: false };
    case "o":
    case "O":
      return open(vim, doc, name === "o");
    case "p":
    case "P":
      return put(vim, doc, name === "P", Math.min(count ?? 1, 100));
    case "u":
      return { vim: normal(vim), doc, edited: false, ask: "undo" };
    case "v":
    case "V":
      return {
        vim: { ...normal(vim), mode: name === "v" ? "visual" : "visual-lines", anchor: doc.cursor },
        doc,
        edited: false,
      };
  }
  const target = motionTarget(doc, name, count);
  return target === null
    ? null
    : { vim: { ...vim, pending: "" }, doc: onCharacter(moved(doc, clamped(doc, target.place))), edited: false };
};

/** What is selected; null outside of visual mode. */
export const selection = ({ mode, anchor }: Vim, doc: Doc): Span | null => {
  if (anchor === null) return null;
  const { from, to } = spanOf(anchor, doc.cursor);
  return mode === "visual-lines"
    ? { from: { row: from.row, column: 0 }, to: { row: to.row, column: lineAt(doc, to.row).length } }
    : { from, to: afterOnLine(doc, to) };
};

const visual = (vim: Vim, doc: Doc, name: string, count: number | null): VimStep | null => {
  const selected = selection(vim, doc);
  if (selected === null || name === "v" || name === "V") return { vim: normal(vim), doc, edited: false };
  const operator = name === "x" ? "d" : name === "s" ? "c" : name;
  if (/^[dcy]$/.test(operator))
    return vim.mode === "visual-lines"
      ? operateOnLines(vim, doc, operator, selected.from.row, selected.to.row)
      : operateOnSpan(vim, doc, operator, selected);
  const target = motionTarget(doc, name, count);
  return target === null
    ? null
    : { vim: { ...vim, pending: "" }, doc: onCharacter(moved(doc, clamped(doc, target.place))), edited: false };
};

const isUnfinished = (rest: string): boolean => rest === "" || motionPrefixes.has(rest);

/**
 * A key in normal or visual mode. Null: it is no key of vi's, and does what it does without it. A command that means
 * nothing is dropped.
 */
export const vimKey = (vim: Vim, doc: Doc, key: Key): VimStep | null => {
  if (key.name === "escape")
    return vim.pending === "" && vim.mode === "normal" ? null : { vim: normal(vim), doc, edited: false };
  if (key.ctrl && key.name === "r") return { vim: normal(vim), doc, edited: false, ask: "redo" };
  if (key.ctrl || key.alt) return null;
  const typed = key.name === "backspace" ? "h" : key.text;
  if (typed === "") return null;
  const pending = vim.pending + (typed === " " && isUnfinished(vim.pending) && vim.pending === "" ? "l" : typed);
  const [, first, operator, second, rest = ""] = (vim.mode === "normal" ? command : visualCommand).exec(pending) ?? [];
  if (isUnfinished(rest)) return { vim: { ...vim, pending }, doc, edited: false };
  const counts = [times(first), times(second)].filter((count) => count !== null);
  const count =
    counts.length === 0
      ? null
      : Math.min(
          mostTimes,
          counts.reduce((all, one) => all * one, 1),
        );
  const whole = { ...vim, pending: "" };
  if (vim.mode === "normal") {
    const step = operator === undefined ? simple(whole, doc, rest, count) : operate(whole, doc, operator, rest, count);
    return step ?? { vim: whole, doc, edited: false };
  }
  return visual(whole, doc, rest, count) ?? { vim: whole, doc, edited: false };
};

/** Escape while text is typed. */
export const leaveInsert = (vim: Vim, doc: Doc): VimStep => ({
  vim: normal(vim),
  doc: doc.cursor.column === 0 ? doc : moved(doc, placeBefore(doc, doc.cursor)),
  edited: false,
});
