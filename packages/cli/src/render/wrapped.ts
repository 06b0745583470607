import { visibleText } from "./plain-text.ts";

/** Longer runs of blanks are told by their length: they would push what follows out of sight. */
const maxBlanks = 40;
const maxEmptyLines = 3;

/** How many columns rows may fill. A terminal that does not say counts as 80 wide. */
export const columnsOf = (stream: { readonly columns?: number }): number => stream.columns || 80;

/** Cells that a character fills at most: what is not ASCII may be wide, which depends on the terminal and its fonts. */
const cells = (character: string): number => (character <= "~" ? 1 : 2);
const widthOf = (text: string): number => Array.from(text).reduce((sum, character) => sum + cells(character), 0);

const rowsOf = (line: string, width: number): string[] => {
  const rows: string[] = [];
  let row = "";
  let filled = 0;
  for (const character of line) {
    if (filled + cells(character) > width) {
      rows.push(row);
      row = "";
      filled = 0;
    }
    row += character;
    filled += cells(character);
  }
  return [...rows, row];
};

/**
 * Text that a person decides about, broken into rows here and never by the terminal, so that no part of it can stand at
 * the beginning of a row and look like a line of fettle's own: `first` stands before the first row, `next` before others.
 */
export const wrapped = (text: string, columns: number, first: string, next: string): string => {
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
    .flatMap((line) => rowsOf(line, width))
    .map((row, index) => `${index === 0 ? first : next}${row}`)
    .join("\n");
};
