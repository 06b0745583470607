import { visibleText } from "./plain-text.ts";

/** Longer runs of blanks are told by their length: they would push what follows out of sight. */
const maxBlanks = 40;
const maxEmptyLines = 3;

/** How many columns rows may fill. A terminal that does not say counts as 80 wide. */
export const columnsOf = (stream: { readonly columns?: number }): number => stream.columns || 80;

/** Cells that a character fills at most: what is not ASCII may be wide, which depends on the terminal and its fonts. */
const cells = (character: string): number => (character <= "~" ? 1 : 2);
const widthOf = (text: string): number => Array.from(text).reduce((sum, character) => sum + cells(character), 0);

/** Where a full row is cut: anywhere, or after its last blank unless much of the row would stay empty. */
const cutOf = (row: string, atBlanks: boolean): number => {
  const blank = atBlanks ? row.lastIndexOf(" ") + 1 : 0;
  return blank > row.length / 2 ? blank : row.length;
};

const rowsOf = (line: string, width: number, atBlanks: boolean): string[] => {
  const rows: string[] = [];
  let row = "";
  for (const character of line) {
    if (widthOf(row) + cells(character) > width) {
      const cut = cutOf(row, atBlanks);
      rows.push(row.slice(0, cut));
      row = row.slice(cut);
    }
    row += character;
  }
  return [...rows, row];
};

type Wrapping = {
  readonly first: string;
  readonly next: string;
  /** For sentences; what is to be read exactly is cut anywhere, so that each blank of it is seen. */
  readonly atBlanks: boolean;
};

/**
 * Text that a person decides about, broken into rows here and never by the terminal, so that no part of it can stand at
 * the beginning of a row and look like a line of fettle's own: `first` stands before the first row, `next` before others.
 */
export const wrapped = (text: string, columns: number, { first, next, atBlanks }: Wrapping): string => {
  // The last column stays free, for some terminals begin a new row as soon as it is filled.
  const width = Math.max(8, columns - Math.max(widthOf(first), widthOf(next)) - 1);
  return visibleText(text)
    .replace(/[ \t]+$/gm, (blanks) => (blanks.length > maxBlanks ? blanks : ""))
    .replace(/[ \t]{2,}/g, (blanks) => (blanks.length > maxBlanks ? `⟨${blanks.length} blanks⟩` : blanks))
    .replace(/(?:^[ \t]*\n)+/gm, (lines) => {
      const count = lines.split("\n").length - 1;
      return count > maxEmptyLines ? `⟨${count} empty lines⟩\n` : lines;
    })
    .replaceAll("\t", "    ")
    .split("\n")
    .flatMap((line) => rowsOf(line, width, atBlanks))
    .map((row, index) => `${index === 0 ? first : next}${row}`)
    .join("\n");
};
