import { eastAsianWidth } from "get-east-asian-width";

/*
 * How many cells text fills at most. Terminals differ about emoji of several characters: counting each of them makes a
 * row that is sometimes shorter than it could be, and never one that the terminal breaks.
 */

const ascii = /^[\x20-\x7e]*$/;
/** Stands on the character before it. U+FE0F is none of them: it makes a narrow character wide. */
const inkOnBefore = /\p{Mn}|\p{Me}|[\u200b-\u200d]|[\ufe00-\ufe0e]/u;

const cellsOf = (character: string): number => {
  if (character === "\ufe0f") return 1;
  if (inkOnBefore.test(character)) return 0;
  return eastAsianWidth(character.codePointAt(0) ?? 0);
};

/** Cells that a text fills at most. It has no controls and no tabs. */
export const widthOf = (text: string): number => {
  if (ascii.test(text)) return text.length;
  let cells = 0;
  for (const character of text) cells += character <= "~" ? 1 : cellsOf(character);
  return cells;
};

/** What a row may not be broken inside of: a character with all that stands on it or is joined to it. */
export type Cluster = { readonly text: string; readonly cells: number };

/** A text as clusters, in order. */
export const clustersOf = (text: string): Cluster[] => {
  if (ascii.test(text)) return Array.from(text, (character) => ({ text: character, cells: 1 }));
  const clusters: { text: string; cells: number }[] = [];
  let joined = false;
  for (const character of text) {
    const last = clusters.at(-1);
    const cells = cellsOf(character);
    const belongs = joined || character === "\ufe0f" || cells === 0;
    // A heap of marks on one letter would make a row without an end.
    if (last !== undefined && belongs && last.text.length < 32) {
      last.text += character;
      last.cells += cells;
    } else {
      clusters.push({ text: character, cells });
    }
    joined = character === "\u200d";
  }
  return clusters;
};

/** At most `columns` cells of a text, with `…` where something was cut off. */
export const cut = (text: string, columns: number): string => {
  // A character is at least half a cell per UTF-16 unit for nearly all text; the long rest is never looked at.
  const near = text.length > 4 * columns + 64 ? text.slice(0, 4 * columns + 64) : text;
  if (near.length === text.length && widthOf(text) <= columns) return text;
  let cells = 0;
  let kept = "";
  for (const cluster of clustersOf(near)) {
    if (cells + cluster.cells > columns - 1) break;
    kept += cluster.text;
    cells += cluster.cells;
  }
  return columns < 1 ? "" : `${kept}…`;
};
