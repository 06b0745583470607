import type { EditorPorts } from "../contract.ts";
import type { Wrap } from "./break-lines.ts";
import { type Doc, emptyDoc, isSame, moved, type Place } from "./doc.ts";
import { createHistory, type History } from "./history.ts";
import { createKills, type Kills } from "./kills.ts";
import { createMarks, type Marks } from "./marks.ts";
import { choicesFor, type Menu, tokenAt } from "./menu.ts";
import { createUndo, type EditKind, type Undo } from "./undo.ts";
import type { Vim } from "./vim-operators.ts";

/** Looking for what was typed before. */
export type HistorySearch = { readonly words: string; readonly found: readonly string[]; readonly selected: number };

/** One editor: what it holds, and what changes with each key. */
export type EditorState = {
  readonly ports: EditorPorts;
  readonly marks: Marks;
  readonly undo: Undo;
  readonly kills: Kills;
  readonly history: History;
  doc: Doc;
  /** The cell that moving up and down tries to keep. */
  goal: number | null;
  menu: Menu | null;
  /** The beginning of the name whose list was closed. */
  closed: Place | null;
  search: HistorySearch | null;
  vim: Vim | null;
  /** As it was drawn last: rows are what a person sees. */
  wrap: Wrap;
  pageRows: number;
  /** The first row that is shown. */
  top: { row: number; part: number };
  /** The action before: some go on with what it did. */
  last: string;
};

const usualColumns = 77;

export const startState = (ports: EditorPorts): EditorState => {
  const marks = createMarks();
  return {
    ports,
    marks,
    undo: createUndo(),
    kills: createKills(),
    history: createHistory(
      () => ports.history,
      (text) => ports.typed(marks.written(text)),
    ),
    doc: emptyDoc,
    goal: null,
    menu: null,
    closed: null,
    search: null,
    vim: null,
    wrap: { cells: usualColumns, looks: marks.looks },
    pageRows: 10,
    top: { row: 0, part: 0 },
    last: "",
  };
};

/** Another text, which can be taken back. */
export const edit = (state: EditorState, doc: Doc, kind: EditKind): void => {
  state.undo.record(state.doc, kind);
  state.doc = doc;
  state.goal = null;
};

/** Another place of the cursor. */
export const move = (state: EditorState, place: Place, goal: number | null = null): void => {
  state.undo.seal();
  state.doc = moved(state.doc, place);
  state.goal = goal;
};

const isOpenHere = (state: EditorState): boolean => state.vim === null || state.vim.mode === "insert";

/** The list that belongs to the name before the cursor. What was selected in it stays so while its choices grow. */
export const refreshMenu = (state: EditorState): void => {
  const token = state.search === null && isOpenHere(state) ? tokenAt(state.doc) : null;
  if (token === null) {
    state.menu = null;
    state.closed = null;
    return;
  }
  if (state.closed !== null && isSame(state.closed, token.span.from)) {
    state.menu = null;
    return;
  }
  const choices = choicesFor(token, state.ports);
  const before = state.menu?.token.query === token.query ? state.menu : null;
  const chosen = before === null || before.selected === 0 ? null : before.choices[before.selected]?.insert;
  const selected = chosen === null ? 0 : choices.findIndex(({ insert }) => insert === chosen);
  state.menu = choices.length === 0 ? null : { token, choices, selected: Math.max(0, selected) };
};
