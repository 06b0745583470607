import { oneLine, plainText } from "../../../render/plain-text.ts";
import { wrapped } from "../../../render/wrapped.ts";
import type { Key, Row } from "../../contract.ts";
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
};

/** Every word of the search somewhere in the option. */
const fits = <T>({ label, detail }: Option<T>, search: string): boolean => {
  const text = `${label} ${detail}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
};

const optionRow = <T>({ label, detail }: Option<T>, selected: boolean, columns: number): Row =>
  `${selected ? "› " : "  "}${oneLine(`${label}${detail === "" ? "" : `  ${detail}`}`, columns - 2)}`;

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
  const steps: Readonly<Record<string, number>> = { up: -1, down: 1 };

  return {
    rows({ columns, rows: height }) {
      const list = found();
      at = Math.max(0, Math.min(at, list.length - 1));
      page = Math.max(1, preview === undefined ? height - 3 : Math.floor((height - 4) / 2));
      const top = Math.max(0, Math.min(at - Math.floor(page / 2), list.length - page));
      const selected = list[at];
      const rows = [
        oneLine(`${picking.title} · ${list.length} of ${options.length}`, columns),
        `/ ${oneLine(search, columns - 2)}`,
        ...list.slice(top, top + page).map((option) => optionRow(option, option === selected, columns)),
      ];
      if (selected !== undefined && preview !== undefined) {
        const text = wrapped(previewOf(selected), columns, { first: "  ", next: "  ", atBlanks: true });
        rows.push("─".repeat(columns), ...text.split("\n").slice(0, Math.max(0, height - rows.length - 2)));
      }
      const blanks = Array.from({ length: Math.max(0, height - rows.length - 1) }, () => "");
      return [...rows, ...blanks, oneLine("  ↑↓ choose · type to search · Enter · Esc back", columns)];
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
