/**
 * Text from commands, files and models for a terminal: escape sequences and other control characters become visible
 * or vanish, so that output cannot move the cursor, change colours or type for the user. Tabs and newlines stay.
 */
export const plainText = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g, "")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");

const codeOf = (character: string): string => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}>`;

/** Characters without ink, or that look like a space and are none; U+2800 is a Braille pattern without dots. */
const inkless = /(?![ \n\t\p{Cc}])[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}\u2800]/gu;

/**
 * The same, but nothing vanishes, for text that a person decides about: the beginnings of escape sequences and what has
 * no ink become visible.
 */
export const visibleText = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replaceAll("\u001b", "␛")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\ufffd")
    .replace(inkless, codeOf);

/** Text of any length on one line, whole. */
export const visibleLine = (text: string): string =>
  visibleText(text)
    .trim()
    .replace(/[\t ]*\n\s*/g, " ⏎ ")
    .replaceAll("\t", " ");

/** One line of at most `width` characters. */
export const oneLine = (text: string, width: number): string => {
  const line = visibleLine(text);
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
};
