import type { ViewSettings } from "../contract.ts";
import { counted } from "./depth.ts";
import type { DiffFile, DiffLine } from "./diff-text.ts";
import { append, columnsFor, cutLine, type Line, lineOf, type Span, type Style, span, wrapLine } from "./spans.ts";

const letters = { add: "A", delete: "D", update: "M" } as const;
const verbs = { add: "added", delete: "deleted", update: "changed" } as const;
const styles: Readonly<Record<DiffLine["sign"], Style>> = { "+": "added", "-": "removed", " ": "plain" };

/** How much came and went. */
export const sizeSpans = (added: number, removed: number, { plain }: ViewSettings): Span[] =>
  plain
    ? [span(`, ${counted(added, "line")} added, ${removed} removed`)]
    : [span(` +${added}`, "good"), span(` −${removed}`, "bad")];

/** The line of a file: what happened to it, its name, how much. */
export const fileHead = (file: DiffFile, settings: ViewSettings): Line => {
  const moved = file.from !== null && file.change === "update" && file.from !== file.path ? ` (from ${file.from})` : "";
  const letter = span(settings.plain ? verbs[file.change] : letters[file.change], "accent");
  const line = [letter, span(` ${file.path}${moved}`, "strong"), ...sizeSpans(file.added, file.removed, settings)];
  return cutLine(line, columnsFor(settings));
};

const numberWidth = ({ hunks }: DiffFile): number => {
  const last = hunks.at(-1)?.lines.slice(-2) ?? [];
  return String(Math.max(1, ...last.map((line) => line.new ?? line.old ?? 0))).length;
};

const diffLine = (line: DiffLine, width: number, settings: ViewSettings): Line[] => {
  const number = String(line.new ?? line.old ?? "").padStart(width);
  const style = styles[line.sign];
  if (settings.plain) {
    const word = { "+": "added", "-": "removed", " ": "same" }[line.sign];
    return wrapLine(lineOf(`  ${number} ${word}: ${line.text}`), columnsFor(settings), true);
  }
  const room = Math.max(4, columnsFor(settings) - width - 6);
  return wrapLine(lineOf(line.text, style), room, true).map((row, index) => [
    span(`  ${index === 0 ? number : " ".repeat(width)} `, "dim"),
    span(index === 0 ? `${line.sign} ` : "  ", style),
    ...row,
  ]);
};

/** A part of a diff: its rows, and how many lines of the diff are not among them. */
export type DiffRows = { readonly rows: readonly Line[]; readonly hidden: number };

/** The rows of a file's diff, without its head; at most `most` of them, for what is not shown need not be laid out. */
export const diffRows = (file: DiffFile, settings: ViewSettings, most = Number.POSITIVE_INFINITY): DiffRows => {
  const width = numberWidth(file);
  const rows = file.notes.map((note) => cutLine(lineOf(`  ${note}`, "dim"), columnsFor(settings)));
  let hidden = 0;
  for (const [index, hunk] of file.hunks.entries()) {
    const between = hunk.about === "" ? "  ⋯" : `  ⋯ ${hunk.about}`;
    const apart = (index > 0 || hunk.about !== "") && rows.length < most;
    if (apart) rows.push(cutLine(lineOf(between, "dim"), columnsFor(settings)));
    for (const line of hunk.lines) {
      if (rows.length >= most) hidden += 1;
      else append(rows, diffLine(line, width, settings));
    }
  }
  return { rows: rows.slice(0, most), hidden };
};
