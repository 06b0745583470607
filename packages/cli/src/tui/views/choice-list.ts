import { visibleLine } from "../../render/plain-text.ts";
import type { Row, ViewSettings } from "../contract.ts";
import { widthOf } from "./cells.ts";
import { paintAll } from "./paint.ts";
import { columnsFor, cutLine, type Line, lineOf, span } from "./spans.ts";

/** One thing to choose: what it is, and beside it what is known of it. */
export type ListChoice = { readonly label: string; readonly detail: string };

export type ChoiceList = {
  readonly title: string;
  /** What was typed to find one; null where nothing can be typed. */
  readonly query: string | null;
  readonly choices: readonly ListChoice[];
  readonly selected: number;
  /** What is said when there is none. */
  readonly empty: string;
  /** What the keys do. */
  readonly keys: string;
  /** Lines about the selected one, below. */
  readonly preview: readonly Line[];
};

const choiceLine = (choice: ListChoice, isSelected: boolean, settings: ViewSettings): Line => {
  const columns = columnsFor(settings);
  const sign = isSelected ? (settings.plain ? "selected: " : "❯ ") : settings.plain ? "" : "  ";
  const detail = visibleLine(choice.detail);
  // What it is called is worth more than what is known of it.
  const label = cutLine(
    [span(visibleLine(choice.label), isSelected ? "strong" : "plain")],
    Math.max(8, columns - widthOf(sign) - Math.min(widthOf(detail) + 2, Math.floor(columns / 2))),
  );
  return cutLine([span(sign, "accent"), ...label, span(detail === "" ? "" : `  ${detail}`, "dim")], columns);
};

/** The first choice that is shown, so that the selected one stands in the middle where it can. */
const firstShown = ({ choices, selected }: ChoiceList, room: number): number =>
  Math.max(0, Math.min(selected - Math.floor(room / 2), choices.length - room));

/** A list to choose from, in at most `height` rows. */
export const choiceRows = (list: ChoiceList, settings: ViewSettings, height: number): Row[] => {
  const columns = columnsFor(settings);
  const query = list.query === null ? [] : [span("  › "), span(visibleLine(list.query), "strong")];
  const head = cutLine([span(visibleLine(list.title), "heading"), ...query], columns);
  const foot = cutLine(lineOf(settings.plain ? "" : list.keys, "dim"), columns);
  const room = Math.max(1, height - 2);
  const preview = list.preview.slice(0, Math.max(0, Math.floor((room - 1) / 2)));
  const count = Math.max(1, room - (preview.length === 0 ? 0 : preview.length + 1));
  const first = firstShown(list, count);
  const shown =
    list.choices.length === 0
      ? [cutLine(lineOf(`  ${list.empty}`, "dim"), columns)]
      : list.choices
          .slice(first, first + count)
          .map((choice, index) => choiceLine(choice, first + index === list.selected, settings));
  const below = preview.length === 0 ? [] : [[], ...preview.map((line) => cutLine(line, columns))];
  return paintAll([head, ...shown, ...below, foot], settings).slice(0, Math.max(1, height));
};
