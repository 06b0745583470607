import { plainText } from "@fettle/protocol";
import { nameIn } from "../../render/diff-names.ts";
import { visibleLine } from "../../render/plain-text.ts";

/* A unified diff taken apart, so that each of its lines has its number. */

export type DiffLine = {
  readonly sign: "+" | "-" | " ";
  readonly text: string;
  /** Its number in the old and in the new file, from 1; null where it is not in it. */
  readonly old: number | null;
  readonly new: number | null;
};

export type DiffHunk = { readonly about: string; readonly lines: readonly DiffLine[] };

export type DiffFile = {
  readonly path: string;
  readonly change: "add" | "delete" | "update";
  readonly from: string | null;
  readonly hunks: readonly DiffHunk[];
  readonly added: number;
  readonly removed: number;
  /** Words of git about a file that has no text: `Binary files differ`. */
  readonly notes: readonly string[];
};

const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/;

const readHunk = (lines: readonly string[], at: number, found: RegExpExecArray): { hunk: DiffHunk; next: number } => {
  let [old, now] = [Number(found[1]), Number(found[3])];
  const left = { old: Number(found[2] ?? 1), new: Number(found[4] ?? 1) };
  const shown: DiffLine[] = [];
  let next = at;
  // The header says how long it is: a removed line may look like a header.
  for (; next < lines.length && (left.old > 0 || left.new > 0 || lines[next]?.startsWith("\\") === true); next += 1) {
    const line = lines[next] ?? "";
    const sign = line[0];
    if (sign === "\\") continue;
    const text = plainText(line.slice(1)).replaceAll("\n", "␍").replaceAll("\t", "    ");
    if (sign === "+") {
      shown.push({ sign, text, old: null, new: now++ });
      left.new -= 1;
    } else if (sign === "-") {
      shown.push({ sign, text, old: old++, new: null });
      left.old -= 1;
    } else {
      shown.push({ sign: " ", text, old: old++, new: now++ });
      left.old -= 1;
      left.new -= 1;
    }
  }
  return { hunk: { about: visibleLine(found[5] ?? ""), lines: shown }, next };
};

type Building = { -readonly [K in keyof DiffFile]: DiffFile[K] } & { hunks: DiffHunk[]; notes: string[] };

const begin = (): Building => ({
  path: "",
  change: "update",
  from: null,
  hunks: [],
  added: 0,
  removed: 0,
  notes: [],
});

const countSign = (hunk: DiffHunk, sign: string): number => hunk.lines.filter((line) => line.sign === sign).length;

const named = (file: Building, line: string): void => {
  const name = nameIn(line);
  if (line.startsWith("--- ")) {
    file.from = name;
    if (name === null) file.change = "add";
    file.path ||= name ?? "";
  } else {
    if (name === null) file.change = "delete";
    file.path = name ?? file.path;
  }
};

const isNote = (line: string): boolean =>
  /^(?:Binary files|rename |new file|deleted file|old mode|new mode)/.test(line);

/** The files of a unified diff. Never throws: what it does not understand is left out. */
export const readDiff = (diff: string): DiffFile[] => {
  const lines = diff.split("\n");
  const files: Building[] = [];
  let file: Building | null = null;
  const start = (): Building => {
    const fresh = begin();
    files.push(fresh);
    return fresh;
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    at += 1;
    const found = header.exec(line);
    if (line.startsWith("diff --git ")) {
      file = start();
      file.path = /^diff --git "?a\/.*? "?b\/(.*?)"?$/.exec(line)?.[1] ?? "";
    } else if (line.startsWith("--- ") || line.startsWith("+++ ")) {
      if (file === null || (file.hunks.length > 0 && line.startsWith("--- "))) file = start();
      named(file, line);
    } else if (found !== null) {
      file ??= start();
      const { hunk, next } = readHunk(lines, at, found);
      at = next;
      file.hunks.push(hunk);
      file.added += countSign(hunk, "+");
      file.removed += countSign(hunk, "-");
    } else if (isNote(line)) {
      file ??= start();
      if (line.startsWith("new file")) file.change = "add";
      else if (line.startsWith("deleted file")) file.change = "delete";
      else file.notes.push(visibleLine(line));
    }
  }
  return files.map((one) => ({
    ...one,
    path: visibleLine(one.path),
    from: one.from === null ? null : visibleLine(one.from),
  }));
};
