import type { Entry, Transcript } from "@fettle/protocol";
import type { ViewSettings } from "../contract.ts";
import { counted } from "./depth.ts";
import { diffRows, fileHead } from "./diff.ts";
import { type DiffFile, readDiff } from "./diff-text.ts";
import { entryLines, groupOf, isApart } from "./entry.ts";
import type { Sections } from "./reading.ts";
import { takenBack } from "./replay.ts";
import { type Line, lineOf } from "./spans.ts";

/* What is read in the alternate screen. */

/** The gutter there takes two columns. */
const narrower = (settings: ViewSettings): ViewSettings =>
  settings.plain ? settings : { ...settings, columns: Math.max(4, settings.columns - 2) };

const isName = new Set(["id", "type", "status", "kind", "call_id", "tree"]);

/** All texts in a value that a person may look for. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]: [string, unknown]) => (isName.has(key) ? [] : textsIn(field)));
};

const dimmed = (lines: readonly Line[]): Line[] =>
  lines.map((line) => lineOf(line.map(({ text }) => text).join(""), "dim"));

/** All entries of a thread; an unfolded one is shown whole, one that was taken back is dim. */
export const transcriptSections = (transcript: Transcript, given: ViewSettings): Sections => {
  const settings = narrower(given);
  const { entries } = transcript;
  const gone = takenBack(entries);
  const cache = new Map<string, Line[]>();
  const laidOut = (entry: Entry, index: number, unfolded: boolean): Line[] => {
    const before = entries[index - 1];
    const lines = entryLines(entry, { ...settings, depth: unfolded ? "whole" : "full" });
    const shown = gone[index] === true ? dimmed(lines) : lines;
    const apart = shown.length > 0 && before !== undefined && isApart(groupOf(before), groupOf(entry));
    return apart ? [[], ...shown] : shown;
  };
  return {
    title: transcript.title ?? "Transcript",
    count: entries.length,
    lines(index, unfolded) {
      const entry = entries[index];
      if (entry === undefined) return [];
      const key = `${index} ${unfolded}`;
      const known = cache.get(key);
      if (known !== undefined) return known;
      const lines = laidOut(entry, index, unfolded);
      // Only what is near is looked at again.
      if (cache.size > 2000) cache.clear();
      cache.set(key, lines);
      return lines;
    },
    text: (index) => textsIn(entries[index]).join("\n"),
  };
};

/** The files of a diff; an unfolded one shows its head alone. */
export const diffSections = (title: string, diff: string, given: ViewSettings): Sections => {
  const settings = narrower(given);
  const files = readDiff(diff);
  const rows = new Map<number, readonly Line[]>();
  const bodyOf = (file: DiffFile, index: number): readonly Line[] => {
    const known = rows.get(index) ?? diffRows(file, settings).rows;
    rows.set(index, known);
    return known;
  };
  return {
    title: `${title}: ${counted(files.length, "file")}`,
    count: files.length,
    lines(index, folded) {
      const file = files[index];
      if (file === undefined) return [];
      const head = fileHead(file, settings);
      return [...(index === 0 ? [] : [lineOf("")]), head, ...(folded ? [] : bodyOf(file, index))];
    },
    text: (index) =>
      [
        files[index]?.path ?? "",
        ...(files[index]?.hunks ?? []).flatMap(({ lines }) => lines.map(({ text }) => text)),
      ].join("\n"),
  };
};
