import { visibleLine } from "../../render/plain-text.ts";
import type { Row, ViewSettings } from "../contract.ts";
import { paintAll } from "./paint.ts";
import { columnsFor, cutLine, type Line, lineOf, type Span, span } from "./spans.ts";

/*
 * A long text in the alternate screen: sections that are laid out only when they are looked at, so that the length of a
 * thread does not matter. The state is a value; each key makes another one.
 */

export type Sections = {
  readonly title: string;
  readonly count: number;
  /** The lines of a section; none for one that says nothing. */
  readonly lines: (index: number, unfolded: boolean) => readonly Line[];
  /** What is searched. */
  readonly text: (index: number) => string;
};

export type Reading = {
  /** The first row shown: a section and a row of it. */
  readonly top: { readonly section: number; readonly row: number };
  /** The section that is unfolded or folded next. */
  readonly cursor: number;
  readonly unfolded: ReadonlySet<number>;
  /** What is searched for; empty for nothing. */
  readonly search: string;
};

export const readingFromStart: Reading = { top: { section: 0, row: 0 }, cursor: 0, unfolded: new Set(), search: "" };

type Place = Reading["top"];

const linesAt = (sections: Sections, { unfolded }: Reading, index: number): readonly Line[] =>
  index < 0 || index >= sections.count ? [] : sections.lines(index, unfolded.has(index));

/** One row is the footer's. */
const bodyHeight = (height: number): number => Math.max(1, height - 1);

/** The place `by` rows further, or back; never beyond either end. */
const moved = (sections: Sections, reading: Reading, from: Place, by: number): Place => {
  let { section } = from;
  let row = from.row + by;
  while (row < 0 && section > 0) {
    section -= 1;
    row += linesAt(sections, reading, section).length;
  }
  for (;;) {
    const { length } = linesAt(sections, reading, section);
    if (row < length || section >= sections.count - 1) return { section, row: Math.max(0, Math.min(row, length - 1)) };
    row -= length;
    section += 1;
  }
};

/** The last section that says anything. */
const lastSection = (sections: Sections, reading: Reading): number => {
  let section = Math.max(0, sections.count - 1);
  while (section > 0 && linesAt(sections, reading, section).length === 0) section -= 1;
  return section;
};

/** Where the last screen begins. */
const lastTop = (sections: Sections, reading: Reading, height: number): Place => {
  const section = lastSection(sections, reading);
  const end = { section, row: Math.max(0, linesAt(sections, reading, section).length - 1) };
  return moved(sections, reading, end, 1 - bodyHeight(height));
};

const isAfter = (a: Place, b: Place): boolean => a.section > b.section || (a.section === b.section && a.row > b.row);

/** Moves by rows; the end is never above the bottom of the screen. */
export const scrolled = (sections: Sections, reading: Reading, height: number, by: number): Reading => {
  const to = moved(sections, reading, reading.top, by);
  const last = lastTop(sections, reading, height);
  const top = isAfter(to, last) ? last : to;
  return { ...reading, top, cursor: top.section };
};

/** The last screen of a text, where one begins to read what just happened. */
export const atEnd = (sections: Sections, reading: Reading, height: number): Reading => ({
  ...reading,
  top: lastTop(sections, reading, height),
  cursor: lastSection(sections, reading),
});

/** The next section (1) or the one before (-1) that shows anything becomes the cursor, at the top of the screen. */
export const stepped = (sections: Sections, reading: Reading, direction: 1 | -1): Reading => {
  for (let at = reading.cursor + direction; at >= 0 && at < sections.count; at += direction) {
    if (linesAt(sections, reading, at).length > 0) return { ...reading, cursor: at, top: { section: at, row: 0 } };
  }
  return reading;
};

/** Unfolds the section at the cursor, or folds it again. */
export const toggled = (reading: Reading): Reading => {
  const unfolded = new Set(reading.unfolded);
  if (!unfolded.delete(reading.cursor)) unfolded.add(reading.cursor);
  return { ...reading, unfolded, top: { section: reading.cursor, row: 0 } };
};

/** Goes to the next section (or the one before) that has the words; `found` false: none has, and nothing moved. */
export const searched = (
  sections: Sections,
  reading: Reading,
  words: string,
  direction: 1 | -1,
): { readonly reading: Reading; readonly found: boolean } => {
  const wanted = words.toLowerCase();
  const { count } = sections;
  for (let step = 1; step <= count && wanted !== ""; step += 1) {
    const at = (((reading.cursor + direction * step) % count) + count) % count;
    if (!sections.text(at).toLowerCase().includes(wanted)) continue;
    const unfolded = new Set(reading.unfolded).add(at);
    return { reading: { cursor: at, top: { section: at, row: 0 }, unfolded, search: words }, found: true };
  }
  return { reading: { ...reading, search: words }, found: false };
};

const withFound = (line: Line, words: string): Line => {
  if (words === "") return line;
  return line.flatMap((one): Span[] => {
    const lower = one.text.toLowerCase();
    // A letter whose small form is longer would move what comes after it.
    if (lower.length !== one.text.length) return [one];
    const parts: Span[] = [];
    let from = 0;
    for (let at = lower.indexOf(words); at !== -1; at = lower.indexOf(words, from)) {
      parts.push(
        { ...one, text: one.text.slice(from, at) },
        { text: one.text.slice(at, at + words.length), style: "found" },
      );
      from = at + words.length;
    }
    return [...parts, { ...one, text: one.text.slice(from) }];
  });
};

const footer = (sections: Sections, reading: Reading, settings: ViewSettings): Line => {
  const at = `${Math.min(reading.cursor + 1, sections.count)} of ${sections.count}`;
  const keys = settings.plain ? "" : "  ↑↓ PgUp PgDn scroll · Tab next · Enter unfold · / search · q back";
  return cutLine([span(`${visibleLine(sections.title)} · ${at}`, "strong"), span(keys, "dim")], columnsFor(settings));
};

/** The rows of the screen: as many as it has, the last one says where one is. */
export const readingRows = (sections: Sections, reading: Reading, settings: ViewSettings, height: number): Row[] => {
  const body = bodyHeight(height);
  const lines: Line[] = [];
  let { section, row } = reading.top;
  for (; section < sections.count && lines.length < body; section += 1) {
    const gutter =
      section === reading.cursor && !settings.plain ? span("▎ ", "accent") : span(settings.plain ? "" : "  ");
    for (const line of linesAt(sections, reading, section).slice(row, row + body - lines.length))
      lines.push(cutLine([gutter, ...withFound(line, reading.search.toLowerCase())], columnsFor(settings)));
    row = 0;
  }
  while (lines.length < body) lines.push(lineOf(""));
  return paintAll([...lines, ...(height > 1 ? [footer(sections, reading, settings)] : [])], settings);
};
