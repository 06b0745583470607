import { visibleLine } from "../../render/plain-text.ts";
import type { Choice, EditorView, Row, ViewSettings } from "../contract.ts";
import { cut, widthOf } from "../views/cells.ts";
import { clustersOfRow, partOf, rowsOfLine } from "./break-lines.ts";
import { isBefore, isEmpty, lineAt, type Place, type Span } from "./doc.ts";
import type { EditorState } from "./editor-state.ts";
import { cellOf, cursorRow, neighbour, type RowPlace } from "./layout.ts";
import { isShell } from "./menu.ts";
import { selection } from "./vim.ts";

const prefixCells = 2;
const mostChoices = 8;
/** Of a text that was found; no row shows more. */
const longestFound = 400;

const paint = (settings: ViewSettings, code: string, text: string): string =>
  settings.colours === "none" || text === "" ? text : `\u001b[${code}m${text}\u001b[0m`;

const isAbove = (a: RowPlace, b: RowPlace): boolean => a.row < b.row || (a.row === b.row && a.part < b.part);

/** Rows from the top on, at most `most`. */
const rowsFrom = (state: EditorState, top: RowPlace, most: number): RowPlace[] => {
  const rows = [top];
  for (let last: RowPlace = top; rows.length < most; rows.push(last)) {
    const next = neighbour(state.doc, last, 1, state.wrap);
    if (next === null) break;
    last = next;
  }
  return rows;
};

const upFrom = (state: EditorState, from: RowPlace, by: number): RowPlace => {
  let top = from;
  for (let left = by; left > 0; left -= 1) top = neighbour(state.doc, top, -1, state.wrap) ?? top;
  return top;
};

/** The rows that are shown: they move no more than they must to have the cursor among them, and leave none empty. */
const shownRows = (state: EditorState, most: number): RowPlace[] => {
  const { doc, wrap } = state;
  const cursor = cursorRow(doc, wrap);
  const known = state.top.row < doc.lines.length;
  const parts = known ? rowsOfLine(lineAt(doc, state.top.row), wrap).length : 0;
  const before = known ? { row: state.top.row, part: Math.min(state.top.part, parts - 1) } : cursor;
  let rows = rowsFrom(state, isAbove(cursor, before) ? cursor : before, most);
  if (!rows.some(({ row, part }) => row === cursor.row && part === cursor.part))
    rows = rowsFrom(state, upFrom(state, cursor, most - 1), most);
  const [first] = rows;
  if (rows.length < most && first !== undefined) rows = rowsFrom(state, upFrom(state, first, most - rows.length), most);
  state.top = rows[0] ?? { row: 0, part: 0 };
  return rows;
};

const isIn = (span: Span | null, place: Place): boolean =>
  span !== null && !isBefore(place, span.from) && isBefore(place, span.to);

/** One row of the text, its marks and what is selected set apart. */
const textRow = (state: EditorState, { row, part }: RowPlace, settings: ViewSettings): string => {
  const line = lineAt(state.doc, row);
  const lineRow = rowsOfLine(line, state.wrap)[part] ?? { from: 0, to: line.length };
  const selected = state.vim === null ? null : selection(state.vim, state.doc);
  let shown = "";
  for (const cluster of clustersOfRow(line, lineRow, state.wrap)) {
    const isMark = /^[\udc00-\udfff]$/.test(line.slice(cluster.from, cluster.to));
    const code = isIn(selected, { row, column: cluster.from }) ? "7" : isMark ? "36" : null;
    shown += code === null ? cluster.shown : paint(settings, code, cluster.shown);
  }
  return shown;
};

const modeOf = (state: EditorState): EditorView["mode"] => {
  if (state.search !== null) return "search";
  if (state.vim?.mode === "normal") return "vim-normal";
  if (state.vim !== null && state.vim.mode !== "insert") return "vim-visual";
  return isShell(state.doc) ? "shell" : "text";
};

/** What stands before a row: what the text is, and whether there is more of it above or below. */
const prefixOf = (state: EditorState, settings: ViewSettings, rows: readonly RowPlace[], index: number): string => {
  const place = rows[index];
  if (place === undefined) return "  ";
  const isFirst = place.row === 0 && place.part === 0;
  if (isFirst) return isShell(state.doc) ? paint(settings, "33", "$ ") : settings.plain ? "> " : "› ";
  if (settings.plain) return "  ";
  if (index === 0) return paint(settings, "2", "↑ ");
  const isLast = index === rows.length - 1 && neighbour(state.doc, place, 1, state.wrap) !== null;
  return isLast ? paint(settings, "2", "↓ ") : "  ";
};

const choiceRow = (choice: Choice, isSelected: boolean, settings: ViewSettings): Row => {
  const cells = settings.columns - prefixCells - 1;
  const label = cut(visibleLine(choice.label), cells);
  const left = cells - widthOf(label) - 2;
  const detail = left < 4 || choice.detail === "" ? "" : `  ${cut(visibleLine(choice.detail), left)}`;
  const mark = isSelected ? (settings.plain ? "> " : "› ") : "  ";
  return `${mark}${isSelected ? paint(settings, "1", label) : label}${paint(settings, "2", detail)}`;
};

/** As many choices as there is room for, the selected one among them. */
const menuRows = (choices: readonly Choice[], selected: number, settings: ViewSettings, most: number): Row[] => {
  const from = Math.max(0, Math.min(selected - Math.floor(most / 2), choices.length - most));
  return choices
    .slice(from, from + most)
    .map((choice, index) => choiceRow(choice, from + index === selected, settings));
};

const searchView = (state: EditorState, settings: ViewSettings, most: number): EditorView => {
  const { words = "", found = [], selected = 0 } = state.search ?? {};
  const head = settings.columns < 20 ? "? " : "search: ";
  const room = Math.max(1, settings.columns - head.length - 1);
  // The end of what is looked for stays in sight.
  let shown = visibleLine(words);
  if (words.endsWith(" ")) shown += " ";
  while (widthOf(shown) > room) shown = Array.from(shown).slice(1).join("");
  const choices = found.map((text) => ({
    insert: text,
    label: state.marks.unfolded(text.slice(0, longestFound)).slice(0, longestFound).toWellFormed(),
    detail: "",
  }));
  return {
    rows: [`${paint(settings, "2", head)}${shown}`],
    cursor: { row: 0, column: head.length + widthOf(shown) },
    menu:
      found.length === 0
        ? [paint(settings, "2", cut("  nothing like it", settings.columns - 1))]
        : menuRows(choices, selected, settings, most),
    mode: "search",
  };
};

/** The editor as rows: at most `maxRows` of text, and as many or eight of choices. */
export const viewOf = (state: EditorState, settings: ViewSettings, maxRows: number): EditorView => {
  const most = Math.max(1, maxRows);
  // One cell stays free at the right, for the cursor behind a full row.
  state.wrap = { cells: Math.max(2, settings.columns - prefixCells - 1), looks: state.marks.looks };
  state.pageRows = most;
  const menuRoom = Math.min(mostChoices, most);
  if (state.search !== null) return searchView(state, settings, menuRoom);
  const places = shownRows(state, most);
  const rows = places.map((place, index) => prefixOf(state, settings, places, index) + textRow(state, place, settings));
  const { row, column } = state.doc.cursor;
  const line = lineAt(state.doc, row);
  const lineRows = rowsOfLine(line, state.wrap);
  const part = partOf(lineRows, column);
  const at = places.findIndex((place) => place.row === row && place.part === part);
  const cells = cellOf(line, lineRows[part] ?? { from: 0, to: line.length }, column, state.wrap);
  return {
    rows: isEmpty(state.doc) ? [prefixOf(state, settings, places, 0)] : rows,
    cursor: { row: Math.max(0, at), column: prefixCells + cells },
    menu: state.menu === null ? [] : menuRows(state.menu.choices, state.menu.selected, settings, menuRoom),
    mode: modeOf(state),
  };
};
