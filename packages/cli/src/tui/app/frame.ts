import { type Colours, coloursWhen } from "../../render/colours.ts";
import { visibleLine } from "../../render/plain-text.ts";
import type { EditorView, Row, ViewSettings } from "../contract.ts";
import type { AnsweringView } from "../input/approval-view.ts";
import { cut } from "../views/cells.ts";
import type { AppState, Pending } from "./state.ts";

/* What stands below the scrollback. Pure: the same state, editor and time give the same rows. */

export type Place = {
  /** The folder as it is shown. */
  readonly folder: string;
  readonly branch: string | null;
};

export type Frame = { readonly rows: Row[]; readonly cursor: { row: number; column: number } | null };

const paintsFor = (settings: ViewSettings): Colours => coloursWhen(settings.colours !== "none");

const pendingWords = { start: "sending", call: "with the next step", turn: "next turn" } as const;

const pendingRow = ({ text, at }: Pending, settings: ViewSettings): Row =>
  paintsFor(settings).dim(cut(`  ↳ ${pendingWords[at]}: ${visibleLine(text)}`, settings.columns - 1));

const elsewhere = ({ transcript }: AppState): string =>
  transcript.state.waiting.length > 0 ? "waits for an answer where it runs" : "working in another process";

const statusRows = (state: AppState, now: number, settings: ViewSettings): Row[] => {
  if (state.runningSince === null) return [];
  const seconds = Math.floor((now - state.runningSince) / 1000);
  const took = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const words = state.interrupting
    ? "stopping"
    : state.answering.waiting.length > 0
      ? "waiting for your answer"
      : state.watching !== null
        ? elsewhere(state)
        : "working";
  const keys = state.interrupting ? "" : " · Esc stops · Enter steers · Tab queues";
  // For a screen reader a row that changes each second is noise.
  return [cut(settings.plain ? words : `● ${words} ${took}${keys}`, settings.columns)];
};

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;

/** US dollars for the whole thread; null: not known. */
export const costSoFar = ({ costOf, transcript }: AppState): number | null => costOf?.(transcript.state.models) ?? null;

/** Where, with what, how far alone, and how much of it is used. */
const footerRow = (state: AppState, mode: EditorView["mode"], place: Place, settings: ViewSettings): Row => {
  const { model, effort } = state;
  const cost = costSoFar(state);
  const context = state.transcript.state.contextTokens;
  const parts = [
    state.hint,
    mode === "text" ? "" : mode,
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
  readonly question: AnsweringView;
  readonly place: Place;
  readonly settings: ViewSettings;
  /** Milliseconds of the clock. */
  readonly now: number;
};

/** All live rows, and the cursor in the editor's. */
export const composeFrame = (parts: FrameParts): Frame => {
  const { live, state, editor, question, place, settings, now } = parts;
  const pending = state.pending.map((one) => pendingRow(one, settings));
  const upper = [...live, ""];
  const above = [...upper, ...question.rows, ...statusRows(state, now, settings), ...pending];
  const rows = [...above, ...editor.rows, ...editor.menu, footerRow(state, editor.mode, place, settings)];
  const asked = question.cursor;
  if (asked !== null) return { rows, cursor: { row: upper.length + asked.row, column: asked.column } };
  return { rows, cursor: { row: above.length + editor.cursor.row, column: editor.cursor.column } };
};
