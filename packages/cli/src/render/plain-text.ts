/**
 * Text from commands, files and models for a terminal: escape sequences and other control characters become visible
 * or vanish, so that output cannot move the cursor, change colours or type for the user. Tabs and newlines stay.
 */
export const plainText = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g, "")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

/** The same, but nothing vanishes: for text that a person decides about, where a sequence could hide a part of it. */
export const visibleText = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "\ufffd");

/** One line of at most `width` characters. */
export const oneLine = (text: string, width: number): string => {
  const line = plainText(text)
    .replace(/\s*\n\s*/g, " ⏎ ")
    .trim();
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
};
