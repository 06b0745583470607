import { oneLine } from "../../../render/plain-text.ts";
import type { Key, Row } from "../../contract.ts";
import type { FullView } from "../state.ts";

/** Something long that is read on the whole screen. */
export type Pages = {
  readonly title: string;
  /** All rows for a width. Asked again when the width changes. */
  readonly rows: (columns: number) => readonly Row[];
  /** Begin at the last row. */
  readonly fromEnd?: boolean;
};

const footer = "  ↑↓ PgUp PgDn Home End · / search, n next · q back";
const bare = (row: Row): string => row.replace(/\u001b\[[\d;:]*m/g, "").toLowerCase();

/** Scrolls and searches. */
export const createPager = ({ title, rows, fromEnd = false }: Pages): FullView => {
  let made: { columns: number; all: readonly Row[] } = { columns: -1, all: [] };
  let top = fromEnd ? Number.MAX_SAFE_INTEGER : 0;
  let page = 1;
  /** What is searched for; `typing` while it is typed. */
  let search = { words: "", typing: false };

  const find = (from: number): void => {
    const words = search.words.toLowerCase();
    const fits = (row: Row): boolean => bare(row).includes(words);
    const later = made.all.findIndex((row, index) => index >= from && fits(row));
    const found = later >= 0 ? later : made.all.findIndex(fits);
    if (words !== "" && found >= 0) top = found;
  };
  const typed = (key: Key): void => {
    if (key.name === "enter" || key.name === "escape") search = { words: search.words, typing: false };
    else if (key.name === "backspace") search = { words: search.words.slice(0, -1), typing: true };
    else search = { words: search.words + key.text, typing: true };
    if (key.name === "enter") find(top);
  };
  const moves: Readonly<Record<string, () => number>> = {
    up: () => top - 1,
    k: () => top - 1,
    down: () => top + 1,
    j: () => top + 1,
    enter: () => top + 1,
    pageup: () => top - page,
    pagedown: () => top + page,
    space: () => top + page,
    home: () => 0,
    g: () => 0,
    end: () => Number.MAX_SAFE_INTEGER,
  };
  return {
    rows({ columns, rows: height }) {
      if (made.columns !== columns) made = { columns, all: rows(columns) };
      page = Math.max(1, height - 2);
      top = Math.max(0, Math.min(top, made.all.length - page));
      const shown = made.all.slice(top, top + page);
      const blanks = Array.from({ length: page - shown.length }, () => "");
      const place = made.all.length === 0 ? "" : ` · ${Math.min(top + page, made.all.length)} of ${made.all.length}`;
      const last = search.typing ? `/${search.words}` : footer;
      return [oneLine(`${title}${place}`, columns), ...shown, ...blanks, oneLine(last, columns)];
    },
    key(key) {
      if (search.typing) {
        typed(key);
        return undefined;
      }
      if (key.name === "q" || key.name === "escape" || (key.ctrl && "cdt".includes(key.name))) return "close";
      if (key.text === "/") search = { words: "", typing: true };
      else if (key.name === "n") find(top + 1);
      else top = Math.max(0, moves[key.name]?.() ?? top);
      return undefined;
    },
  };
};
