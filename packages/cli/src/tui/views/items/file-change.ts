import type { FileChangeItem } from "@fettle/protocol";
import { visibleLine } from "../../../render/plain-text.ts";
import { counted, type Depth, mark, type ViewFor } from "../depth.ts";
import { diffRows, fileHead, sizeSpans } from "../diff.ts";
import { type DiffFile, readDiff } from "../diff-text.ts";
import { append, columnsFor, cutLine, indented, type Line, lineOf, span } from "../spans.ts";

/** Rows of diff that one patch may take. */
const mostRows: Readonly<Record<Depth, number>> = { brief: 0, normal: 30, full: 400, whole: Number.POSITIVE_INFINITY };

/** A patch without a diff still names its files. */
const filesOf = (item: FileChangeItem): DiffFile[] => {
  const files = readDiff(item.diff ?? "");
  if (files.length > 0) return files;
  return item.changes.map(({ path, kind, move_path: to }) => ({
    path: visibleLine(to ?? path),
    change: kind,
    from: to === undefined ? null : visibleLine(path),
    hunks: [],
    added: 0,
    removed: 0,
    notes: [],
  }));
};

const refused = (item: FileChangeItem, settings: ViewFor): Line[] => {
  const why = (item.error ?? "it could not be applied").split("\n").map(visibleLine);
  const shown = settings.depth === "brief" ? why.slice(0, 1) : why;
  const frame = { first: [mark("failed", settings), span(" patch refused: ")], next: lineOf("    ") };
  return indented(
    shown.map((line) => lineOf(line)),
    columnsFor(settings),
    frame,
  );
};

/** A patch: its files, and as much of the diff as is wanted. */
export const fileChangeLines = (item: FileChangeItem, settings: ViewFor): Line[] => {
  if (item.status === "failed") return refused(item, settings);
  const files = filesOf(item);
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  const columns = columnsFor(settings);
  const [only] = files;
  const lines: Line[] =
    files.length === 1 && only !== undefined
      ? [cutLine([mark("ok", settings), span(" "), ...fileHead(only, settings)], columns)]
      : [
          cutLine(
            [
              mark("ok", settings),
              span(` changed ${counted(files.length, "file")}`),
              ...sizeSpans(added, removed, settings),
            ],
            columns,
          ),
        ];
  let left = mostRows[settings.depth];
  let hidden = 0;
  for (const file of files) {
    if (files.length > 1) lines.push(cutLine([span("  "), ...fileHead(file, settings)], columns));
    const shown = diffRows(file, settings, left);
    append(lines, shown.rows);
    hidden += shown.hidden;
    left -= shown.rows.length;
  }
  if (hidden > 0 && settings.depth !== "brief")
    lines.push(cutLine(lineOf(`    … ${counted(hidden, "more line")} of the diff`, "dim"), columns));
  return lines;
};
