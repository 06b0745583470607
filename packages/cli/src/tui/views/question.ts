import type { Question } from "@fettle/agent";
import { choiceLine, questionLines } from "../../render/approval.ts";
import type { Colours } from "../../render/colours.ts";
import type { Row, ViewSettings } from "../contract.ts";
import { paintAll } from "./paint.ts";
import { columnsFor, lineOf } from "./spans.ts";

const coloursOf = ({ colours }: ViewSettings): Colours => {
  const paint = (code: string, end: number) => (text: string) =>
    colours === "none" ? text : `\u001b[${code}m${text}\u001b[${end}m`;
  const light = colours === "light";
  return {
    bold: paint("1", 22),
    dim: paint("2", 22),
    red: paint(light ? "38;5;160" : "31", 39),
    green: paint(light ? "38;5;28" : "32", 39),
    yellow: paint(light ? "38;5;130" : "33", 39),
    cyan: paint(light ? "38;5;25" : "36", 39),
  };
};

const sequences = /\u001b\[([\d;]*)m/g;

/** Rows that each end what they begin, for a row is drawn without those before it. */
const closedRows = (text: string): Row[] => {
  const open = new Map<string, string>();
  return text.split("\n").map((row) => {
    const before = [...open.values()].join("");
    for (const [sequence, code = ""] of row.matchAll(sequences)) {
      if (code === "22" || code === "39") open.delete(code);
      else open.set(code === "1" || code === "2" ? "22" : "39", sequence);
    }
    return `${before}${row}${open.size > 0 ? "\u001b[0m" : ""}`;
  });
};

/**
 * A waiting question, whole: what would be done, why, what would be written, and the choices. Below `height` rows its
 * middle is left out, and the last row before the choices says so: a person then looks at it in the transcript.
 */
export const questionRows = (question: Question, settings: ViewSettings, height: number): Row[] => {
  const colours = coloursOf(settings);
  const rows = closedRows(questionLines(question, colours, columnsFor(settings)));
  const words = choiceLine(question.choices, coloursOf({ ...settings, colours: "none" }));
  const choices = paintAll([lineOf(words, "strong")], settings);
  const room = Math.max(2, height - choices.length);
  if (rows.length <= room) return [...rows, ...choices];
  const tail = Math.min(2, room - 2);
  const hidden = rows.length - (room - 1);
  const note = colours.yellow(`… ${hidden} rows are not shown`);
  return [...rows.slice(0, room - 1 - tail), note, ...(tail > 0 ? rows.slice(-tail) : []), ...choices];
};
