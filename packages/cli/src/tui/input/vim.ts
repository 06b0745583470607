import type { Key } from "../contract.ts";
import { clamped, type Doc, lineAt, moved, type Place, placeBefore, type Span, spanOf } from "./doc.ts";
import { motionPrefixes, motionTarget } from "./vim-motions.ts";
import {
  afterOnLine,
  insert,
  normal,
  onCharacter,
  open,
  operate,
  operateOnLines,
  operateOnSpan,
  put,
  type Vim,
  type VimStep,
} from "./vim-operators.ts";

/* The keys of vi, as a pure function: what stands there and a key → what stands there then. */

export const startVim: Vim = { mode: "insert", pending: "", anchor: null, register: { text: "", lines: false } };

const command = /^([1-9]\d*)?(?:([dcy])([1-9]\d*)?)?(.*)$/s;
/** With a selection an operator has all that it needs. */
const visualCommand = /^([1-9]\d*)?()()(.*)$/s;
const mostTimes = 9999;

const times = (text: string | undefined): number | null =>
  text === undefined || text === "" ? null : Math.min(mostTimes, Number(text));

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
