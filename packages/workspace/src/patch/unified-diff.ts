import { type DiffRun, diffLines } from "./line-diff.ts";

/** One side of a comparison. */
export type DiffSide = {
  readonly path: string;
  /** Undefined when the content is binary, or too large to be shown. */
  readonly text: string | undefined;
  /** Permission bits. */
  readonly mode: number;
};

const contextLines = 3;

/** Lines with their LF; the last one may have none. A CR stays in its line. */
const withEndings = (text: string): string[] => {
  const lines = text.split("\n").map((line) => `${line}\n`);
  const last = lines.pop()?.slice(0, -1);
  if (last) lines.push(last);
  return lines;
};

/** Quoted as git does where a name has characters that would break the line. */
const quotePath = (path: string): string => {
  if (!/["\\\x00-\x1f\x7f]/.test(path)) return path;
  const escapes: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r" };
  const escaped = path.replace(
    /["\\\x00-\x1f\x7f]/g,
    (character) => escapes[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `"${escaped}"`;
};

/** Groups runs into hunks: changes whose gap is at most twice the context share one. */
const groupRuns = (runs: readonly DiffRun[]): DiffRun[][] => {
  const groups: DiffRun[][] = [];
  let group: DiffRun[] = [];
  const close = (): void => {
    if (group.some((run) => run.kind !== "equal")) groups.push(group);
    group = [];
  };
  for (const [index, run] of runs.entries()) {
    if (run.kind !== "equal") {
      group.push(run);
      continue;
    }
    const head = Math.min(run.length, contextLines);
    const tailAt = run.length - head;
    const tail = { ...run, oldStart: run.oldStart + tailAt, newStart: run.newStart + tailAt, length: head };
    if (group.length > 0 && run.length <= 2 * contextLines && index < runs.length - 1) {
      group.push(run);
      continue;
    }
    if (group.length > 0) group.push({ ...run, length: head });
    close();
    group.push(tail);
  }
  // A last group of context alone is dropped by `close`.
  close();
  return groups;
};

const rangeOf = (start: number, length: number): string =>
  length === 1 ? `${start + 1}` : `${length === 0 ? start : start + 1},${length}`;

const renderHunk = (group: readonly DiffRun[], oldLines: readonly string[], newLines: readonly string[]): string => {
  let removed = 0;
  let added = 0;
  let body = "";
  for (const run of group) {
    if (run.kind !== "add") removed += run.length;
    if (run.kind !== "remove") added += run.length;
    const prefix = run.kind === "equal" ? " " : run.kind === "remove" ? "-" : "+";
    const start = run.kind === "add" ? run.newStart : run.oldStart;
    for (const line of (run.kind === "add" ? newLines : oldLines).slice(start, start + run.length))
      body += `${prefix}${line}${line.endsWith("\n") ? "" : "\n\\ No newline at end of file\n"}`;
  }
  const oldStart = group[0]?.oldStart ?? 0;
  const newStart = group[0]?.newStart ?? 0;
  return `@@ -${rangeOf(oldStart, removed)} +${rangeOf(newStart, added)} @@\n${body}`;
};

const gitMode = (mode: number): string => (mode & 0o111 ? "100755" : "100644");

const headerOf = (before: DiffSide | undefined, after: DiffSide | undefined): string => {
  const oldPath = before?.path ?? after?.path ?? "";
  const newPath = after?.path ?? oldPath;
  let header = `diff --git ${quotePath(`a/${oldPath}`)} ${quotePath(`b/${newPath}`)}\n`;
  if (before === undefined && after !== undefined) header += `new file mode ${gitMode(after.mode)}\n`;
  else if (before !== undefined && after === undefined) header += `deleted file mode ${gitMode(before.mode)}\n`;
  else if (before !== undefined && after !== undefined && gitMode(before.mode) !== gitMode(after.mode))
    header += `old mode ${gitMode(before.mode)}\nnew mode ${gitMode(after.mode)}\n`;
  if (oldPath !== newPath) header += `rename from ${quotePath(oldPath)}\nrename to ${quotePath(newPath)}\n`;
  return header;
};

/**
 * The difference of one file as `git diff` prints it, which `git apply` reads. An absent side is a file that comes or
 * goes; a side without text gives one line that the files differ. Empty when nothing differs.
 */
export const unifiedDiff = (before: DiffSide | undefined, after: DiffSide | undefined): string => {
  const header = headerOf(before, after);
  const oldName = before === undefined ? "/dev/null" : quotePath(`a/${before.path}`);
  const newName = after === undefined ? "/dev/null" : quotePath(`b/${after.path}`);
  if ((before !== undefined && before.text === undefined) || (after !== undefined && after.text === undefined))
    return `${header}Binary files ${oldName} and ${newName} differ\n`;
  const oldLines = withEndings(before?.text ?? "");
  const newLines = withEndings(after?.text ?? "");
  const hunks = groupRuns(diffLines(oldLines, newLines)).map((group) => renderHunk(group, oldLines, newLines));
  if (hunks.length === 0) return header.split("\n").length > 2 ? header : "";
  // A name with a blank ends in a tab, or readers take the rest for a date.
  const tab = (name: string): string => (name.includes(" ") && !name.startsWith('"') ? `${name}\t` : name);
  return `${header}--- ${tab(oldName)}\n+++ ${tab(newName)}\n${hunks.join("")}`;
};
