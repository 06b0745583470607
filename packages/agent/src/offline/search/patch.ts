import { lineAt, offsetsOfLines } from "./text.ts";

type TextChange = { readonly start: number; readonly end: number; readonly text: string };

export function applyChange(text: string, change: TextChange): string {
  return text.slice(0, change.start) + change.text + text.slice(change.end);
}

/** How much a change changes: characters added and removed, those that only move into the new text not counted. */
export function changeSize(text: string, change: TextChange): number {
  const removed = text.slice(change.start, change.end);
  if (change.text.includes(removed)) return change.text.length - removed.length;
  return change.text.length + removed.length;
}

/** The lines that a change touches, before and after, and where they begin (1-based). */
export function changedLines(text: string, change: TextChange): { line: number; before: string[]; after: string[] } {
  const offsets = offsetsOfLines(text);
  const first = lineAt(offsets, change.start);
  const last = lineAt(offsets, Math.max(change.start, change.end));
  const from = offsets[first - 1] ?? 0;
  const to = offsets[last] === undefined ? text.length : offsets[last] - 1;
  const before = text.slice(from, to);
  const after = text.slice(from, change.start) + change.text + text.slice(change.end, to);
  return { line: first, before: before.split("\n"), after: after.split("\n") };
}

const CONTEXT = 3;

/**
 * A change as a patch in the `*** Begin Patch` form. Where the lines around it occur more than once, more context is
 * given, up to the beginning of the file, so that it applies in one place only.
 */
export function patchText(file: string, text: string, change: TextChange): string {
  const { line, before, after } = changedLines(text, change);
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  let context = CONTEXT;
  const block = (size: number) => lines.slice(Math.max(0, line - 1 - size), line - 1 + before.length + size).join("\n");
  while (context < line && firstBlock(lines, block(context)) !== Math.max(0, line - 1 - context)) context += CONTEXT;
  const kept = after.length === 1 && after[0]?.trim() === "" && before.join("").trim() !== "" ? [] : after;
  return [
    "*** Begin Patch",
    `*** Update File: ${file}`,
    "@@",
    ...lines.slice(Math.max(0, line - 1 - context), line - 1).map((item) => ` ${item}`),
    ...before.map((item) => `-${item}`),
    ...kept.map((item) => `+${item}`),
    ...lines.slice(line - 1 + before.length, line - 1 + before.length + context).map((item) => ` ${item}`),
    "*** End Patch",
    "",
  ].join("\n");
}

function firstBlock(lines: readonly string[], block: string): number {
  const size = block.split("\n").length;
  for (let i = 0; i + size <= lines.length; i++) if (lines.slice(i, i + size).join("\n") === block) return i;
  return -1;
}
