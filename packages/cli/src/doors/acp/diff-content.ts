import { resolve } from "node:path";
import { nameIn } from "../../render/diff-names.ts";

/* Editors show a change as old and new text. What we have is a unified diff, so each of its pieces becomes one pair. */

export type TextChange = {
  /** Absolute. */
  readonly path: string;
  /** Null for a file that comes. */
  readonly oldText: string | null;
  readonly newText: string;
  /** The first line in the new file, from 1. */
  readonly line: number;
};

const header = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

type Hunk = { readonly oldText: string; readonly newText: string; readonly next: number };

/** The texts of a hunk whose first line is `start`. Its header says how long it is: a removed line may look like a header. */
const readHunk = (lines: readonly string[], start: number, counts: { old: number; new: number }): Hunk => {
  const texts = { old: "", new: "" };
  const left = { ...counts };
  let at = start;
  for (; at < lines.length && (left.old > 0 || left.new > 0 || lines[at]?.startsWith("\\")); at += 1) {
    const line = lines[at] ?? "";
    const mark = line[0] ?? " ";
    if (mark === "\\") {
      const before = lines[at - 1]?.[0];
      if (before !== "+") texts.old = texts.old.slice(0, -1);
      if (before !== "-") texts.new = texts.new.slice(0, -1);
      continue;
    }
    if (mark !== "+") {
      texts.old += `${line.slice(1)}\n`;
      left.old -= 1;
    }
    if (mark !== "-") {
      texts.new += `${line.slice(1)}\n`;
      left.new -= 1;
    }
  }
  return { oldText: texts.old, newText: texts.new, next: at };
};

/** The pairs of old and new text in a unified diff whose names are relative to `root`. What is no text has none. */
export const textChanges = (diff: string, root: string): TextChange[] => {
  const lines = diff.split("\n");
  const changes: TextChange[] = [];
  let oldName: string | null = null;
  let newName: string | null = null;
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const found = header.exec(line);
    at += 1;
    if (line.startsWith("--- ")) oldName = nameIn(line);
    else if (line.startsWith("+++ ")) newName = nameIn(line);
    if (found === null) continue;
    const [, oldCount = "1", first = "1", newCount = "1"] = found;
    const hunk = readHunk(lines, at, { old: Number(oldCount), new: Number(newCount) });
    at = hunk.next;
    const name = newName ?? oldName;
    if (name === null) continue;
    const { newText } = hunk;
    const oldText = oldName === null ? null : hunk.oldText;
    changes.push({ path: resolve(root, name), oldText, newText, line: Math.max(1, Number(first)) });
  }
  return changes;
};
