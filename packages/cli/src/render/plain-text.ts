import { characterCode, controls, plainText } from "@fettle/protocol";

/*
 * Text from commands, files and models must not be able to move the cursor, change colours, reorder what is read or type
 * for the user, on a terminal or in a file that is looked at later. `onScreen` is where all of an event passes.
 */

/** Characters without ink, or that look like a space and are none; U+2800 is a Braille pattern without dots. */
const inkless = /(?![ \n\t\p{Cc}])[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}\u2800]/gu;

/** Text that was made readable, without its colours: they say nothing, and test runners write many. */
export const withoutColours = (plain: string): string => plain.replace(/␛\[[\d;:]*m/g, "");

/** Every text in a value, such as an item, as `plainText` makes it: no field of it can be forgotten. */
export const onScreen = <T>(value: T): T => {
  if (typeof value === "string") return plainText(value) as T & string;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((entry: unknown) => onScreen(entry)) as T & unknown[];
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, onScreen<unknown>(field)])) as T;
};

/** For text that a person decides about: nothing vanishes, and whatever has no ink becomes visible. */
export const visibleText = (text: string): string =>
  text.replaceAll("\r\n", "\n").replaceAll("\u001b", "␛").replace(controls, "\ufffd").replace(inkless, characterCode);

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
