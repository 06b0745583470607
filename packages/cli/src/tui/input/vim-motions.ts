import {
  type Doc,
  endOf,
  lineAt,
  type Place,
  placeAfter,
  placeBefore,
  runsOf,
  wordAfter,
  wordBefore,
  wordEnd,
} from "./doc.ts";

/** Where a motion leads. `lines`: an operator takes whole lines; `inclusive`: it takes the character there as well. */
export type Target = { readonly place: Place; readonly lines: boolean; readonly inclusive: boolean };

/** Keys that need another one: `g` for `gg`, `f` and `t` for the character looked for. */
export const motionPrefixes: ReadonlySet<string> = new Set(["g", "f", "F", "t", "T"]);

const firstInk = (line: string): number => Math.max(0, line.search(/\S/));

/** The end of the word that ends after a place, as its last character. */
const lastOfWord = (doc: Doc, from: Place, big: boolean): Place => {
  const end = wordEnd(doc, placeAfter(doc, from), big);
  return end.column === 0 ? end : placeBefore(doc, end);
};

const characters: Readonly<Record<string, (doc: Doc, at: Place) => Place>> = {
  h: (doc, at) => (at.column === 0 ? at : placeBefore(doc, at)),
  l: (doc, at) => (at.column >= lineAt(doc, at.row).length ? at : placeAfter(doc, at)),
  w: (doc, at) => wordAfter(doc, at),
  W: (doc, at) => wordAfter(doc, at, true),
  b: (doc, at) => wordBefore(doc, at),
  B: (doc, at) => wordBefore(doc, at, true),
  e: (doc, at) => lastOfWord(doc, at, false),
  E: (doc, at) => lastOfWord(doc, at, true),
};
const inclusive = new Set(["e", "E", "f", "t", "$"]);

const times = (count: number, from: Place, step: (at: Place) => Place): Place => {
  let at = from;
  for (let left = count; left > 0; left -= 1) {
    const next = step(at);
    if (next.row === at.row && next.column === at.column) break;
    at = next;
  }
  return at;
};

/** `f`, `t` and their mirrors; null when the character is not there. */
const found = (line: string, column: number, motion: string, wanted: string, count: number): number | null => {
  const forwards = motion === "f" || motion === "t";
  let at = column;
  for (let left = count; left > 0; left -= 1) {
    const from = forwards ? at + 1 : at - 1;
    at = from < 0 ? -1 : forwards ? line.indexOf(wanted, from) : line.lastIndexOf(wanted, from);
    if (at < 0) return null;
  }
  return motion === "t" ? at - 1 : motion === "T" ? at + wanted.length : at;
};

const inLine = (doc: Doc, motion: string, count: number): number | null => {
  const { row, column } = doc.cursor;
  const line = lineAt(doc, row);
  if (motion === "0") return 0;
  if (motion === "^") return firstInk(line);
  if (motion === "$")
    return count > 1 ? null : runsOf(line).length === 0 ? 0 : placeBefore(doc, { row, column: line.length }).column;
  const [name = "", wanted = ""] = [motion.slice(0, 1), motion.slice(1)];
  return motionPrefixes.has(name) && name !== "g" && wanted !== "" ? found(line, column, name, wanted, count) : null;
};

/** Where a motion leads from the cursor; null when it is none or leads nowhere. `count` null: none was given. */
export const motionTarget = (doc: Doc, motion: string, count: number | null): Target | null => {
  const { row, column } = doc.cursor;
  const often = count ?? 1;
  const toRow = (wanted: number): Target => {
    const to = Math.max(0, Math.min(wanted, doc.lines.length - 1));
    return { place: { row: to, column: Math.min(column, lineAt(doc, to).length) }, lines: true, inclusive: false };
  };
  switch (motion) {
    case "j":
      return toRow(row + often);
    case "k":
      return toRow(row - often);
    case "gg":
      return toRow(often - 1);
    case "G":
      return toRow(count === null ? endOf(doc).row : count - 1);
  }
  const step = characters[motion];
  if (step !== undefined)
    return {
      place: times(often, doc.cursor, (at) => step(doc, at)),
      lines: false,
      inclusive: inclusive.has(motion),
    };
  const at = inLine(doc, motion, often);
  return at === null
    ? null
    : { place: { row, column: at }, lines: false, inclusive: inclusive.has(motion.slice(0, 1)) };
};
