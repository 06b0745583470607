import { describeMismatch } from "./describe-mismatch.ts";
import { findLines, indexLines, type LineIndex } from "./match-lines.ts";
import { joinLines, splitLines, type TextLines } from "./text-lines.ts";
import type { PatchChunk, PatchLine } from "./types.ts";

export type ChunksOutcome =
  | { readonly ok: true; readonly content: string }
  | { readonly ok: false; readonly message: string };

/** A hunk and the line index where its old lines begin. */
type Placed = { readonly at: number; readonly lines: readonly PatchLine[] };

type Search =
  | { readonly ok: true; readonly placed: Placed; readonly next: number }
  | { readonly ok: false; readonly message: string };

const isOld = (line: PatchLine): boolean => line.kind !== "add";

/**
 * Without the hunk's last old line, an empty one: models often quote an empty line that the file's end does not have.
 * As a context line between added ones it is wanted in the result.
 */
const withoutLastOld = (lines: readonly PatchLine[]): PatchLine[] => {
  const last = lines.findLastIndex(isOld);
  return lines.flatMap((line, index): PatchLine[] => {
    if (index !== last) return [line];
    return line.kind === "context" && last < lines.length - 1 ? [{ ...line, kind: "add" }] : [];
  });
};

const placeChunk = (index: LineIndex, chunk: PatchChunk, from: number): Search => {
  const where = `hunk at patch line ${chunk.line}`;
  let next = from;
  for (const context of chunk.contexts) {
    const at = findLines(index, [context], next, false);
    if (at === undefined) {
      const why = describeMismatch(index.lines, [{ kind: "context", text: context, line: chunk.line }], next, false);
      return { ok: false, message: `${where}: '@@ ${context}' was not found: ${why}` };
    }
    next = at + 1;
  }
  const old = chunk.lines.filter(isOld);
  // Nothing old says where, so the lines go to the end of the file.
  if (old.length === 0) return { ok: true, placed: { at: index.lines.length, lines: chunk.lines }, next };
  const candidates = [chunk.lines];
  if (old.at(-1)?.text === "") candidates.push(withoutLastOld(chunk.lines));
  for (const lines of candidates) {
    const pattern = lines.filter(isOld).map((line) => line.text);
    const at = findLines(index, pattern, next, chunk.endOfFile);
    if (at !== undefined) return { ok: true, placed: { at, lines }, next: at + pattern.length };
  }
  return { ok: false, message: `${where}: ${describeMismatch(index.lines, old, next, chunk.endOfFile)}` };
};

/** At line index `at`, `removed` lines go and `texts` come. */
type Edit = { readonly at: number; removed: number; readonly texts: string[] };

const editsOf = (place: Placed): Edit[] => {
  const edits: Edit[] = [];
  let at = place.at;
  let open: Edit | undefined;
  for (const line of place.lines) {
    if (line.kind === "context") {
      open = undefined;
      at += 1;
      continue;
    }
    if (open === undefined) {
      open = { at, removed: 0, texts: [] };
      edits.push(open);
    }
    if (line.kind === "add") open.texts.push(line.text);
    else {
      open.removed += 1;
      at += 1;
    }
  }
  return edits;
};

/** Context lines stay as the file has them, also where they matched loosely; new lines take the file's line ending. */
const rewrite = (file: TextLines, placed: readonly Placed[]): string => {
  const texts: string[] = [];
  const endings: string[] = [];
  let at = 0;
  const keepUntil = (end: number): void => {
    for (; at < end; at += 1) {
      texts.push(file.texts[at] ?? "");
      endings.push(file.endings[at] ?? "");
    }
  };
  for (const edit of placed.flatMap(editsOf).sort((a, b) => a.at - b.at)) {
    keepUntil(edit.at);
    at += edit.removed;
    for (const text of edit.texts) {
      texts.push(text);
      endings.push(file.newline);
    }
  }
  keepUntil(file.texts.length);
  return joinLines({ ...file, texts, endings });
};

/**
 * Applies the hunks to a file's text, in order, each after the one before. The result ends in a line ending unless it
 * is empty, keeps a byte order mark and each untouched line's ending. A hunk that is not found is an outcome.
 */
export const applyChunks = (content: string, chunks: readonly PatchChunk[]): ChunksOutcome => {
  const file = splitLines(content);
  const index = indexLines(file.texts);
  const placed: Placed[] = [];
  let next = 0;
  for (const chunk of chunks) {
    const search = placeChunk(index, chunk, next);
    if (!search.ok) return search;
    placed.push(search.placed);
    next = search.next;
  }
  return { ok: true, content: rewrite(file, placed) };
};
