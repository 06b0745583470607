import type { TurnSummary } from "@fettle/protocol";
import { plainText, visibleLine } from "../../render/plain-text.ts";
import type { Row, ViewSettings } from "../contract.ts";
import { choiceRows, type ListChoice } from "./choice-list.ts";
import { counted } from "./depth.ts";
import { columnsFor, indented, type Line, lineOf, span, wrapLine } from "./spans.ts";

/** What the picker knows of a thread; times in milliseconds since 1970. */
export type SessionRow = {
  readonly title: string;
  readonly cwd: string;
  readonly updatedAt: number;
  readonly turns: number;
  readonly model: string;
  readonly state: string;
};

const ago = (ms: number): string => {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h ago` : `${Math.round(minutes / 1440)} days ago`;
};

/** The picker of threads. `preview`: last words of the selected one. */
export const sessionRows = (
  list: {
    readonly sessions: readonly SessionRow[];
    readonly selected: number;
    readonly query: string;
    readonly preview: string;
    readonly now: number;
  },
  settings: ViewSettings,
  height: number,
): Row[] => {
  const choices = list.sessions.map(
    ({ title, updatedAt, turns, state, model }): ListChoice => ({
      label: title === "" ? "without a title" : title,
      detail: `${ago(list.now - updatedAt)} · ${counted(turns, "turn")} · ${state} · ${model}`,
    }),
  );
  const folder = list.sessions[list.selected]?.cwd;
  const about = folder === undefined ? [] : [lineOf(`  ${visibleLine(folder)}`, "dim")];
  const words = plainText(list.preview)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap((line) => wrapLine(lineOf(`  ${line.replaceAll("\t", "    ")}`), columnsFor(settings)));
  return choiceRows(
    {
      title: "Resume a thread",
      query: list.query,
      choices,
      selected: list.selected,
      empty: list.query === "" ? "no threads yet" : "none has these words",
      keys: "type to search · ↑↓ · Enter resume · Esc back",
      preview: [...about, ...words],
    },
    settings,
    height,
  );
};

const changesOf = ({ changes }: TurnSummary): string =>
  changes.length === 0 ? "no patches" : counted(changes.length, "changed file");

const changeLines = (turn: TurnSummary | undefined): Line[] =>
  (turn?.changes ?? []).map(({ kind, path }) => [
    span(`  ${{ add: "A", delete: "D", update: "M" }[kind]} `, "accent"),
    span(visibleLine(path)),
  ]);

/** The turns that can be taken back, newest first, with what the selected one changed. */
export const rewindRows = (
  list: {
    readonly turns: readonly TurnSummary[];
    /** An index of the list as it is shown: 0 is the newest turn. */
    readonly selected: number;
    readonly scope: "both" | "conversation" | "files";
  },
  settings: ViewSettings,
  height: number,
): Row[] => {
  const newest = list.turns.toReversed();
  const scope = list.scope === "both" ? "conversation and files" : list.scope;
  return choiceRows(
    {
      title: `Rewind: ${scope}`,
      query: null,
      choices: newest.map((turn) => ({ label: `${turn.number}. ${turn.prompt}`, detail: changesOf(turn) })),
      selected: list.selected,
      empty: "no turn to take back",
      keys: "↑↓ · Tab what is restored · Enter preview and rewind to before it · Esc back",
      preview: changeLines(newest[list.selected]),
    },
    settings,
    height,
  );
};

/** A key or a command, and what it does. */
export type HelpRow = { readonly name: string; readonly does: string };

/** Keys and commands in columns, wrapped below their meaning. */
export const helpLines = (
  groups: readonly { readonly title: string; readonly rows: readonly HelpRow[] }[],
  settings: ViewSettings,
): Line[] => {
  const columns = columnsFor(settings);
  const widest = Math.max(0, ...groups.flatMap(({ rows }) => rows.map(({ name }) => name.length)));
  const width = Math.min(widest, Math.max(6, Math.floor(columns / 3)));
  return groups.flatMap(({ title, rows }, index) => [
    ...(index === 0 ? [] : [lineOf("")]),
    lineOf(title, "heading"),
    ...rows.flatMap(({ name, does }) => {
      const frame = { first: [span(`  ${name.padEnd(width)}  `, "accent")], next: lineOf(" ".repeat(width + 4)) };
      return indented([lineOf(does)], columns, frame);
    }),
  ]);
};
