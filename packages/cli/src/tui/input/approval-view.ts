import type { Question } from "@fettle/agent";
import { choiceLine, editLine, isOutside, questionLines } from "../../render/approval.ts";
import { type Colours, coloursWhen } from "../../render/colours.ts";
import { visibleLine } from "../../render/plain-text.ts";
import { wrapped } from "../../render/wrapped.ts";
import type { Keymap, Row, ViewSettings } from "../contract.ts";
import type { Answering } from "./approval.ts";
import { fieldRows } from "./field.ts";

export type AnsweringView = {
  readonly rows: readonly Row[];
  /** Where it is typed; null: the cursor stays with the editor. */
  readonly cursor: { readonly row: number; readonly column: number } | null;
  /** The state with as much scrolled as there was to scroll. */
  readonly state: Answering;
};

const none = coloursWhen(false);
const rowsOf = (text: string): Row[] => text.split("\n");
const told = (text: string, columns: number): Row[] =>
  rowsOf(wrapped(visibleLine(text), columns, { first: "  ", next: "    ", atBlanks: true }));

/** The whole of a question, for a place where all of it can be read. */
export const questionRows = (question: Question, settings: ViewSettings): Row[] => {
  const c = coloursWhen(settings.colours !== "none");
  const from =
    question.agent === undefined ? [] : told(`the helper ${question.agent} asks`, settings.columns).map(c.dim);
  return [...from, ...rowsOf(questionLines(question, c, settings.columns))];
};

const keyOf = (keymap: Keymap): string => keymap.keysOf("question")[0] ?? "no key";

/** What can be done now, in words. */
const footRows = (
  state: Answering,
  question: Question,
  input: { readonly empty: boolean; readonly keymap: Keymap },
  c: Colours,
  columns: number,
): Row[] => {
  const { stage } = state;
  switch (stage.kind) {
    case "choose": {
      const choices = told(choiceLine(question.choices, none).replace(/:$/, ""), columns).map(c.bold);
      const more = state.waiting.length > 1 ? [`${state.waiting.length - 1} more after it`] : [];
      const how =
        state.focused || input.empty ? [] : [`${keyOf(input.keymap)} goes to the question; what you type stays`];
      const words = [...how, ...more].join(" · ");
      return words === "" ? choices : [...choices, ...told(words, columns).map(c.dim)];
    }
    case "word":
      return told(
        stage.choice === "no"
          ? "no, and a word to the model (Enter sends it, Esc goes back):"
          : "your answer (Enter sends it, Esc goes back):",
        columns,
      ).map(c.bold);
    case "proposal": {
      const part = stage.parts[stage.at] ?? "";
      return told(editLine(part, none), columns).map(isOutside(part) ? c.red : c.bold);
    }
  }
};

/** As many rows as there is room for, and how to see the others: what is decided about must be readable whole. */
const window = (rows: readonly Row[], from: number, most: number, c: Colours): Row[] => {
  if (rows.length <= most) return [...rows];
  const below = rows.length - from - most;
  const words = [from > 0 ? `${from} rows above` : "", below > 0 ? `${below} rows below` : ""].filter(
    (part) => part !== "",
  );
  return [...rows.slice(from, from + most), c.yellow(`  … ${words.join(", ")}: PgUp, PgDn`)];
};

/** The first waiting question with its choices, in at most `maxRows` rows where they are enough; no rows when nothing waits. */
export const answeringView = (
  state: Answering,
  settings: ViewSettings,
  input: { readonly empty: boolean; readonly keymap: Keymap },
  maxRows: number,
): AnsweringView => {
  const [question] = state.waiting;
  if (question === undefined) return { rows: [], cursor: null, state };
  const c = coloursWhen(settings.colours !== "none");
  const foot = footRows(state, question, input, c, settings.columns);
  const field = state.stage.kind === "choose" ? null : fieldRows(state.stage.field, settings.columns);
  const below = foot.length + (field?.rows.length ?? 0);
  const rows = questionRows(question, settings);
  const room = Math.max(2, maxRows - below);
  const most = rows.length <= room ? rows.length : room - 1;
  const scrolled = Math.min(state.scrolled, rows.length - most);
  const above = window(rows, scrolled, most, c);
  return {
    rows: [...above, ...foot, ...(field?.rows ?? [])],
    cursor: field === null ? null : { row: above.length + foot.length + field.row, column: field.column },
    state: { ...state, scrolled },
  };
};
