import { plainText } from "@fettle/protocol";
import { wrapped } from "../../../render/wrapped.ts";
import type { Key, ViewSettings } from "../../contract.ts";
import { choiceRows } from "../../views/choice-list.ts";
import { type Line, lineOf } from "../../views/spans.ts";
import type { FullView } from "../state.ts";

export type Option<T> = { readonly value: T; readonly label: string; readonly detail: string };

export type Picking<T> = {
  readonly title: string;
  readonly options: readonly Option<T>[];
  /** More about one, below the list; may come later, and is asked for once. Never throws. */
  readonly preview?: (value: T) => Promise<string>;
  readonly chosen: (value: T) => void;
  /** The screen is to be drawn again. */
  readonly changed: () => void;
  readonly settings: (columns: number) => ViewSettings;
};

/** Every word of the search somewhere in the option. */
const fits = <T>({ label, detail }: Option<T>, search: string): boolean => {
  const text = `${label} ${detail}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
};

/** A list with a search, of which one is chosen. */
export const createPicker = <T>(picking: Picking<T>): FullView => {
  const { options, preview, changed } = picking;
  const previews = new Map<Option<T>, string>();
  let search = "";
  let at = 0;
  let page = 1;

  const found = (): readonly Option<T>[] => options.filter((option) => fits(option, search));
  const previewOf = (option: Option<T>): string => {
    const known = previews.get(option);
    if (known !== undefined || preview === undefined) return known ?? "";
    previews.set(option, "…");
    void preview(option.value).then((text) => {
      previews.set(option, plainText(text));
      changed();
    });
    return "…";
  };
  const previewLines = (option: Option<T>, columns: number): Line[] => {
    const text = preview === undefined ? "" : previewOf(option);
    if (text === "") return [];
    return wrapped(text, columns, { first: "  ", next: "  ", atBlanks: true })
      .split("\n")
      .map((row) => lineOf(row));
  };
  const steps: Readonly<Record<string, number>> = { up: -1, down: 1 };

  return {
    rows({ columns, rows: height }) {
      const list = found();
      at = Math.max(0, Math.min(at, list.length - 1));
      page = Math.max(1, Math.floor(height / 2));
      const selected = list[at];
      const shown = {
        title: `${picking.title} · ${list.length} of ${options.length}`,
        query: search,
        choices: list,
        selected: at,
        empty: "nothing fits these words",
        keys: "↑↓ choose · type to search · Enter · Esc back",
        preview: selected === undefined ? [] : previewLines(selected, columns),
      };
      return choiceRows(shown, picking.settings(columns), height);
    },
    key(key: Key) {
      if (key.name === "escape" || (key.ctrl && key.name === "c")) return "close";
      if (key.name === "enter") {
        const option = found()[at];
        if (option === undefined) return undefined;
        picking.chosen(option.value);
        return "close";
      }
      if (key.name === "backspace") search = search.slice(0, -1);
      else if (key.name === "pageup" || key.name === "pagedown") at += key.name === "pageup" ? -page : page;
      else if (steps[key.name] !== undefined) at += steps[key.name] ?? 0;
      else if (key.text !== "" && !key.ctrl && !key.alt) {
        search += key.text;
        at = 0;
      }
      return undefined;
    },
  };
};
