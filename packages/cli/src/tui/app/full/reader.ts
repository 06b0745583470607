import type { Key, ViewSettings } from "../../contract.ts";
import {
  atEnd,
  type Reading,
  readingFromStart,
  readingRows,
  type Sections,
  scrolled,
  searched,
  stepped,
  toggled,
} from "../../views/reading.ts";
import type { FullView } from "../state.ts";

export type ReaderPorts = {
  readonly settings: (columns: number) => ViewSettings;
  /** Begin with the last section. */
  readonly fromEnd: boolean;
};

type Looked = { readonly columns: number; readonly height: number; readonly sections: Sections };

/** What a key makes of where one is; null: nothing. */
const afterKey = ({ sections, height }: Looked, reading: Reading, key: Key): Reading | null => {
  const by = (rows: number): Reading => scrolled(sections, reading, height, rows);
  const moves: Readonly<Record<string, () => Reading>> = {
    up: () => by(-1),
    k: () => by(-1),
    down: () => by(1),
    j: () => by(1),
    pageup: () => by(1 - height),
    pagedown: () => by(height - 1),
    space: () => by(height - 1),
    home: () => ({ ...readingFromStart, unfolded: reading.unfolded, search: reading.search }),
    end: () => atEnd(sections, reading, height),
    tab: () => stepped(sections, reading, key.shift ? -1 : 1),
    enter: () => toggled(reading),
    n: () => searched(sections, reading, reading.search, key.shift ? -1 : 1).reading,
  };
  return moves[key.name]?.() ?? null;
};

/** Reads sections on the whole screen: scrolls, unfolds, searches. */
export const createReader = (sectionsFor: (columns: number) => Sections, ports: ReaderPorts): FullView => {
  let looked: Looked | null = null;
  let reading = readingFromStart;
  /** What is typed after `/`; null while nothing is. */
  let typed: string | null = null;

  const typing = (words: string, key: Key): void => {
    if (key.name === "escape") typed = null;
    else if (key.name === "backspace") typed = words.slice(0, -1);
    else if (key.name !== "enter") typed = words + key.text;
    else if (looked !== null) {
      reading = searched(looked.sections, reading, words, 1).reading;
      typed = null;
    }
  };

  return {
    rows({ columns, rows: height }) {
      if (looked === null && ports.fromEnd) reading = atEnd(sectionsFor(columns), reading, height);
      if (looked?.columns !== columns || looked.height !== height)
        looked = { columns, height, sections: looked?.columns === columns ? looked.sections : sectionsFor(columns) };
      const rows = readingRows(looked.sections, reading, ports.settings(columns), height);
      return typed === null ? rows : [...rows.slice(0, -1), `/${typed}`.slice(0, columns)];
    },
    key(key) {
      if (typed !== null) typing(typed, key);
      else if (key.name === "q" || key.name === "escape" || (key.ctrl && "cdt".includes(key.name))) return "close";
      else if (key.text === "/") typed = "";
      else if (looked !== null) reading = afterKey(looked, reading, key) ?? reading;
      return undefined;
    },
  };
};
