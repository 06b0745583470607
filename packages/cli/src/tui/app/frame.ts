import { questionLines } from "../../render/approval.ts";
import { type Colours, coloursFor } from "../../render/colours.ts";
import { oneLine, visibleLine } from "../../render/plain-text.ts";
import type { EditorView, Row, ViewSettings } from "../contract.ts";
import { rowWidth } from "../terminal/row-width.ts";
import type { AppState, Asked, Pending } from "./state.ts";

/* What stands below the scrollback. Pure: the same state, editor and time give the same rows. */

export type Place = {
  /** The folder as it is shown. */
  readonly folder: string;
  readonly branch: string | null;
};

export type Frame = { readonly rows: Row[]; readonly cursor: { row: number; column: number } | null };

const paintsFor = (settings: ViewSettings): Colours => coloursFor({ isTTY: settings.colours !== "none" });

const cut = (text: string, columns: number): Row => (rowWidth(text) <= columns ? text : oneLine(text, columns));

const keyNames = { once: "o once", thread: "t this thread", always: "a always", no: "n no" } as const;

const questionRows = (asked: Asked, more: number, typing: boolean, settings: ViewSettings): Row[] => {
  const c = paintsFor(settings);
  const { question, focused } = asked;
  const choices = question.choices.map((choice) => keyNames[choice]).join(" · ");
  const open = focused || !typing;
  const how = open ? choices : `Ctrl-O to answer (${choices})`;
  const others = more > 0 ? ` · ${more} more after it` : "";
  return [...questionLines(question, c, settings.columns).split("\n"), cut(`  ${how}${others}`, settings.columns)];
};

const pendingWords = { start: "sending", call: "with the next step", turn: "next turn" } as const;

const pendingRow = ({ text, at }: Pending, settings: ViewSettings): Row =>
  paintsFor(settings).dim(cut(`  ↳ ${pendingWords[at]}: ${visibleLine(text)}`, settings.columns - 1));

const statusRows = (state: AppState, now: number, settings: ViewSettings): Row[] => {
  if (state.runningSince === null) return [];
  const seconds = Math.floor((now - state.runningSince) / 1000);
  const took = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const words = state.interrupting ? "stopping" : state.asked.length > 0 ? "waiting for your answer" : "working";
  const keys = state.interrupting ? "" : " · Esc stops · Enter steers · Tab queues";
  // For a screen reader a row that changes each second is noise.
  return [cut(settings.plain ? words : `● ${words} ${took}${keys}`, settings.columns)];
};

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;

/** Where, with what, how far alone, and how much of it is used. */
export const footerRow = (state: AppState, place: Place, settings: ViewSettings): Row => {
  const { model, effort, context, cost } = state;
  const parts = [
    state.hint,
    state.autonomy ?? "",
    model === null ? "" : `${model.id}${effort === null ? "" : ` ${effort}`}`,
    model === null || context === 0 ? "" : `${percent(context, model.window)} context`,
    cost === null || cost === 0 ? "" : `$${cost.toFixed(2)}`,
    `${place.folder}${place.branch === null ? "" : ` (${place.branch})`}`,
    "/help",
  ].filter((part) => part !== "");
  return paintsFor(settings).dim(cut(`  ${parts.map(visibleLine).join(" · ")}`, settings.columns - 1));
};

export type FrameParts = {
  readonly live: readonly Row[];
  readonly state: AppState;
  readonly editor: EditorView;
  readonly typing: boolean;
  readonly place: Place;
  readonly settings: ViewSettings;
  /** Milliseconds of the clock. */
  readonly now: number;
};

/** All live rows, and the cursor in the editor's. */
export const composeFrame = (parts: FrameParts): Frame => {
  const { live, state, editor, typing, place, settings, now } = parts;
  const [asked] = state.asked;
  const above = [
    ...live,
    ...(asked === undefined ? [] : questionRows(asked, state.asked.length - 1, typing, settings)),
    ...statusRows(state, now, settings),
    ...state.pending.map((pending) => pendingRow(pending, settings)),
  ];
  const rows = [...above, ...editor.rows, ...editor.menu, footerRow(state, place, settings)];
  return { rows, cursor: { row: above.length + editor.cursor.row, column: editor.cursor.column } };
};
