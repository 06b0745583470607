import type { EditorEffect } from "../contract.ts";
import {
  emptyDoc,
  inserted,
  isEmpty,
  isSame,
  lineAt,
  placeAfter,
  placeBefore,
  replaced,
  type Span,
  textIn,
  textOf,
} from "./doc.ts";
import { type EditorState, edit, move } from "./editor-state.ts";
import { deletions, motions } from "./edits.ts";
import { effectOf, picturePaths } from "./effects.ts";
import { cursorCell, placeInRow } from "./layout.ts";
import { cleanText } from "./marks.ts";

type Done = EditorEffect | boolean;

/** Letters as they were typed. */
export const type = (state: EditorState, text: string): void =>
  edit(state, inserted(state.doc, cleanText(text)), /^\s+$/.test(text) ? "blank" : "word");

/** A picture at the cursor. */
export const attach = (state: EditorState, path: string): void =>
  edit(state, inserted(state.doc, `${state.marks.ofImage(path)} `), "other");

/** What was pasted or dropped: pictures by their paths, a long text folded, any other as it is. */
export const paste = (state: EditorState, raw: string): void => {
  const text = cleanText(raw);
  const named = picturePaths(text).map(state.ports.picture);
  const pictures = named.filter((path) => path !== null);
  if (pictures.length > 0 && pictures.length === named.length) for (const path of pictures) attach(state, path);
  else edit(state, inserted(state.doc, state.marks.ofPaste(text)), "other");
};

/** The text goes among what was typed before. */
export const putAway = (state: EditorState): void => {
  state.history.add(state.doc);
  edit(state, emptyDoc, "other");
};

const remove = (state: EditorState, name: string, span: Span, cuts: "before" | "after" | null): void => {
  if (isSame(span.from, span.to)) return;
  if (cuts !== null) state.kills.add(textIn(state.doc, span), state.last.startsWith("kill-") ? cuts : "no");
  edit(state, replaced(state.doc, span, ""), name === "delete-left" ? "delete" : "other");
};

/** One row up or down; beyond the text lies what was typed before and after. */
const moveByRow = (state: EditorState, by: 1 | -1): void => {
  const goal = state.goal ?? cursorCell(state.doc, state.wrap);
  const place = placeInRow(state.doc, by, goal, state.wrap);
  if (place !== null) {
    move(state, place, goal);
    return;
  }
  const other = by < 0 ? state.history.older(state.doc) : state.history.newer(state.doc);
  if (other !== null) edit(state, other, "other");
  else move(state, motions[by < 0 ? "line-start" : "line-end"]?.(state.doc) ?? state.doc.cursor);
};

const moveByPage = (state: EditorState, by: 1 | -1): void => {
  const goal = state.goal ?? cursorCell(state.doc, state.wrap);
  for (let left = Math.max(1, state.pageRows - 1); left > 0; left -= 1) {
    const place = placeInRow(state.doc, by, goal, state.wrap);
    if (place === null) return;
    move(state, place, goal);
  }
};

/** The last thing that was cut, at the cursor; `older`: instead of the one that was just put in. */
const yank = (state: EditorState, older: boolean): void => {
  if (older && !state.last.startsWith("yank")) return;
  if (older) {
    const before = state.undo.undo(state.doc);
    if (before !== null) state.doc = before;
    state.kills.rotate();
  }
  const text = state.kills.newest();
  if (text !== null) edit(state, inserted(state.doc, text), "other");
};

const takeBack = (state: EditorState, how: "undo" | "redo"): void => {
  const doc = state.undo[how](state.doc);
  if (doc === null) return;
  state.doc = doc;
  state.goal = null;
};

/** The folded paste at the cursor, or before it, as its whole text. */
const unfold = (state: EditorState): boolean => {
  const { doc, marks } = state;
  const spans: Span[] = [
    { from: doc.cursor, to: placeAfter(doc, doc.cursor) },
    { from: placeBefore(doc, doc.cursor), to: doc.cursor },
  ];
  const span = spans.find(
    (one) => marks.imagesIn(textIn(doc, one)).length === 0 && marks.unfolded(textIn(doc, one)) !== textIn(doc, one),
  );
  if (span === undefined) return false;
  edit(state, replaced(doc, span, marks.unfolded(textIn(doc, span))), "other");
  return true;
};

const send = (state: EditorState, how: "submit" | "queue"): Done => {
  const { doc } = state;
  const { row, column } = doc.cursor;
  // A backslash before Enter goes on in a new line, for terminals that tell Enter and Shift-Enter apart in no way.
  if (how === "submit" && lineAt(doc, row)[column - 1] === "\\") {
    edit(state, replaced(doc, { from: { row, column: column - 1 }, to: doc.cursor }, "\n"), "other");
    return true;
  }
  return effectOf(doc, state.marks, how) ?? true;
};

/** Actions that always mean something. */
const changes: Readonly<Record<string, (state: EditorState) => void>> = {
  newline: (state) => type(state, "\n"),
  up: (state) => moveByRow(state, -1),
  down: (state) => moveByRow(state, 1),
  "page-up": (state) => moveByPage(state, -1),
  "page-down": (state) => moveByPage(state, 1),
  yank: (state) => yank(state, false),
  "yank-older": (state) => yank(state, true),
  undo: (state) => takeBack(state, "undo"),
  redo: (state) => takeBack(state, "redo"),
  search: (state) => {
    state.search = { words: "", found: state.history.search(""), selected: 0 };
  },
};

const requests: Readonly<Record<string, (state: EditorState) => Done>> = {
  submit: (state) => send(state, "submit"),
  queue: (state) => state.ports.running() && send(state, "queue"),
  discard: (state) => {
    if (isEmpty(state.doc)) return false;
    putAway(state);
    return true;
  },
  external: ({ doc, marks }) => ({ type: "external", text: marks.unfolded(textOf(doc)) }),
  "paste-picture": () => ({ type: "picture" }),
  unfold,
};

/** Does what an action says. False: it means nothing now. */
export const act = (state: EditorState, name: string): Done => {
  // The same key leaves the program when there is nothing to delete.
  if (name === "delete-right" && isEmpty(state.doc)) return false;
  const motion = motions[name];
  if (motion !== undefined) {
    move(state, motion(state.doc));
    return true;
  }
  const deletion = deletions[name];
  if (deletion !== undefined) {
    remove(state, name, deletion.span(state.doc), deletion.cuts);
    return true;
  }
  const change = changes[name];
  if (change === undefined) return requests[name]?.(state) ?? false;
  change(state);
  return true;
};
