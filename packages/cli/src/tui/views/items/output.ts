import { plainText } from "@fettle/protocol";
import { withoutColours } from "../../../render/plain-text.ts";
import type { ViewSettings } from "../../contract.ts";
import { counted, type Depth } from "../depth.ts";
import { columnsFor, cutLine, type Line, lineOf, wrapLine } from "../spans.ts";

/* What a command or a server printed: its end, because that is where the result stands. */

export type Shown = { readonly head: number; readonly tail: number };

const amounts: Readonly<Record<Depth, Shown>> = {
  brief: { head: 0, tail: 3 },
  normal: { head: 0, tail: 8 },
  full: { head: 12, tail: 24 },
  whole: { head: 0, tail: Number.POSITIVE_INFINITY },
};

/** How many lines of output are shown. */
export const amountFor = (depth: Depth): Shown => amounts[depth];

const margin = "    ";

/** The lines of an output without its colours; what moves the cursor is shown by its codes. */
export const outputTexts = (output: string): string[] => {
  const text = withoutColours(plainText(output))
    .replace(/\s+$/, "")
    .replace(/^(?:[ \t]*\n)+/, "");
  return text === "" ? [] : text.split("\n").map((line) => line.replaceAll("\t", "    "));
};

/** Head and tail of an output. All of it is broken into rows, a part of it is cut to one row a line. */
export const outputLines = (output: string, { head, tail }: Shown, settings: ViewSettings): Line[] => {
  const texts = outputTexts(output);
  const room = Math.max(4, columnsFor(settings) - margin.length);
  if (texts.length <= head + tail && tail === Number.POSITIVE_INFINITY)
    return texts.flatMap((text) => wrapLine(lineOf(text, "dim"), room, true)).map((row) => [...lineOf(margin), ...row]);
  const row = (text: string): Line => cutLine(lineOf(`${margin}${text}`, "dim"), columnsFor(settings));
  if (texts.length <= head + tail) return texts.map(row);
  const hidden = texts.length - head - tail;
  const note = cutLine(lineOf(`${margin}… ${counted(hidden, "more line")}`, "dim"), columnsFor(settings));
  return [...texts.slice(0, head).map(row), note, ...texts.slice(texts.length - tail).map(row)];
};
