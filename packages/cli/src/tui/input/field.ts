import type { Key, Keymap, Row } from "../contract.ts";
import { clustersOfRow, partOf, rowsOfLine, type Wrap } from "./break-lines.ts";
import { type Doc, inserted, moved, replaced } from "./doc.ts";
import { deletions, motions } from "./edits.ts";
import { cellOf } from "./layout.ts";
import { cleanText } from "./marks.ts";

/* One line that is typed beside the editor: a word to the model, a rule that is changed. */

const onOneLine = (text: string): string => cleanText(text).replace(/\s*\n\s*/g, " ");

/** The line after a key; null: the key means nothing to it. */
export const fieldKey = (field: Doc, key: Key, keymap: Keymap): Doc | null => {
  const action = keymap.action(key, "editor") ?? "";
  const motion = motions[action];
  if (motion !== undefined) return moved(field, motion(field));
  const deletion = deletions[action];
  if (deletion !== undefined) return replaced(field, deletion.span(field), "");
  if (key.text === "" || key.ctrl || key.alt) return null;
  return inserted(field, onOneLine(key.text));
};

/** A line as rows, wrapped, and where its cursor is. */
export const fieldRows = (
  field: Doc,
  columns: number,
): { readonly rows: readonly Row[]; readonly row: number; readonly column: number } => {
  const line = field.lines[0] ?? "";
  const prefix = "  › ";
  const wrap: Wrap = { cells: Math.max(2, columns - prefix.length - 1), looks: () => null };
  const lineRows = rowsOfLine(line, wrap);
  const row = partOf(lineRows, field.cursor.column);
  const at = lineRows[row] ?? { from: 0, to: line.length };
  return {
    rows: lineRows.map(
      (one, index) =>
        `${index === 0 ? prefix : "    "}${clustersOfRow(line, one, wrap)
          .map(({ shown }) => shown)
          .join("")}`,
    ),
    row,
    column: prefix.length + cellOf(line, at, field.cursor.column, wrap),
  };
};
