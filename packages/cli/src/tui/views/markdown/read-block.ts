/*
 * Cuts Markdown into blocks while it arrives. Whether a block has ended is decided by whole lines alone, so a text that
 * comes in pieces is cut exactly like the same text at once, and a finished block never changes by what follows.
 */

export type BlockKind = "code" | "heading" | "rule" | "item" | "table" | "quote" | "text";

/** A fenced block whose end has not come; its lines are given out one by one. */
export type OpenFence = { readonly mark: string; readonly indent: number; readonly language: string };

export type Block =
  | {
      readonly kind: "code";
      readonly language: string;
      readonly lines: readonly string[];
      /** Its first lines, and not more of one that was begun. */
      readonly begins: boolean;
    }
  | { readonly kind: Exclude<BlockKind, "code">; readonly source: string };

export type ReadBlock = {
  readonly block: Block;
  /** Empty lines stood before it. */
  readonly spaced: boolean;
  /** Where the text goes on. */
  readonly end: number;
  readonly fence: OpenFence | null;
};

type TextLine = { readonly text: string; readonly start: number; readonly end: number };

/** The lines of a text from `at` on; the last one only when it is whole or the text is. */
const linesFrom = function* (text: string, at: number, whole: boolean): Generator<TextLine> {
  const ends = /\r\n|\n|\r/g;
  ends.lastIndex = at;
  let start = at;
  for (let found = ends.exec(text); found !== null; found = ends.exec(text)) {
    // What ends in \r may go on with \n.
    if (!whole && found[0] === "\r" && ends.lastIndex === text.length) return;
    yield { text: text.slice(start, found.index), start, end: ends.lastIndex };
    start = ends.lastIndex;
  }
  if (whole && start < text.length) yield { text: text.slice(start), start, end: text.length };
};

const fenceStart = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})\s*([^\s`{]*)/;
const heading = /^ {0,3}#{1,6}(?:\s|$)/;
const rule = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/;
const item = /^( {0,3}(?:[-*+]|\d{1,9}[.)]))(?:\s+|$)/;
const quote = /^ {0,3}>/;
const tableRule = /^ {0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const blank = /^\s*$/;

const startsOther = (line: string): boolean =>
  fenceStart.test(line) || heading.test(line) || rule.test(line) || item.test(line) || quote.test(line);

const closes = (line: string, { mark }: OpenFence): boolean => {
  const found = /^ {0,3}(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return found !== undefined && found[0] === mark[0] && found.length >= mark.length;
};

const withoutIndent = (line: string, indent: number): string => {
  let at = 0;
  while (at < indent && line[at] === " ") at += 1;
  return line.slice(at);
};

const readFence = (
  text: string,
  at: number,
  fence: OpenFence,
  whole: boolean,
): { readonly lines: string[]; readonly end: number; readonly closed: boolean } => {
  const lines: string[] = [];
  let end = at;
  for (const line of linesFrom(text, at, whole)) {
    end = line.end;
    if (closes(line.text, fence)) return { lines, end, closed: true };
    lines.push(withoutIndent(line.text, fence.indent));
  }
  return { lines, end, closed: whole };
};

/** Says of each further line of a block whether it belongs to it. */
type Belongs = (line: string, afterBlank: boolean) => boolean;

const indentOf = (line: string): number => /^\s*/.exec(line.replaceAll("\t", "    "))?.[0].length ?? 0;

const inItem = (first: string): Belongs => {
  const least = Math.min(5, Math.max(2, item.exec(first)?.[0].length ?? 2));
  let fence: string | null = fenceMark(first.replace(item, ""));
  return (line, afterBlank) => {
    const inside = indentOf(line) >= Math.min(least, 2);
    if (fence !== null) {
      if (!inside) return false;
      if (fenceMark(line) !== null && line.trim().startsWith(fence) && /^[`~]+$/.test(line.trim())) fence = null;
      return true;
    }
    if (!inside) return !afterBlank && !startsOther(line);
    fence = fenceMark(line);
    return true;
  };
};

const fenceMark = (line: string): string | null => /^\s*(?:[-*+]\s+)?(`{3,}|~{3,})/.exec(line)?.[1] ?? null;

const kindOf = (line: string, next: string | undefined): Exclude<BlockKind, "code"> => {
  if (heading.test(line)) return "heading";
  if (rule.test(line)) return "rule";
  if (item.test(line)) return "item";
  if (quote.test(line)) return "quote";
  return line.includes("|") && next !== undefined && tableRule.test(next) && next.includes("-") ? "table" : "text";
};

const belongsTo = (kind: BlockKind, first: string): Belongs => {
  switch (kind) {
    case "heading":
    case "rule":
      return () => false;
    case "item":
      return inItem(first);
    case "table":
      return (line, afterBlank) => !afterBlank && !startsOther(line);
    case "quote":
      return (line, afterBlank) => !afterBlank && (quote.test(line) || !startsOther(line));
    default:
      if (/^(?: {4}|\t)/.test(first)) return (line) => /^(?: {4}|\t)/.test(line);
      // Dashes below a paragraph make it a heading; a number other than 1 does not begin a list in the middle of one.
      return (line, afterBlank) =>
        !afterBlank &&
        (/^ {0,3}-+\s*$/.test(line) || /^ {0,3}(?!1[.)])\d+[.)]/.test(line) || !startsOther(line)) &&
        !fenceStart.test(line);
  }
};

const readPlain = (text: string, lines: Generator<TextLine>, first: TextLine, whole: boolean) => {
  let kind: Exclude<BlockKind, "code"> | null = null;
  let belongs: Belongs = () => false;
  let end = first.end;
  let afterBlank = false;
  for (const line of lines) {
    if (kind === null) {
      kind = kindOf(first.text, line.text);
      belongs = belongsTo(kind, first.text);
    }
    if (blank.test(line.text)) {
      afterBlank = true;
      continue;
    }
    if (!belongs(line.text, afterBlank)) return { kind, source: text.slice(first.start, end), end };
    afterBlank = false;
    end = line.end;
  }
  // Without a line after it only what is one line long is known to have ended.
  kind ??= kindOf(first.text, undefined);
  const ended =
    whole || kind === "heading" || (afterBlank && (kind === "text" || kind === "table" || kind === "quote"));
  const mayGoOn = /^(?: {4}|\t)/.test(first.text);
  return ended && (whole || !mayGoOn) ? { kind, source: text.slice(first.start, end), end } : null;
};

/**
 * The next block of `text` from `at` on, inside of `fence` if one is open; null when none has ended yet, or none is left.
 * `whole`: no more text will come.
 */
export const readBlock = (text: string, at: number, fence: OpenFence | null, whole: boolean): ReadBlock | null => {
  if (fence !== null) {
    const { lines, end, closed } = readFence(text, at, fence, whole);
    if (end === at) return null;
    const block: Block = { kind: "code", language: fence.language, lines, begins: false };
    return { block, spaced: false, end, fence: closed ? null : fence };
  }
  let spaced = false;
  const lines = linesFrom(text, at, whole);
  for (let next = lines.next(); next.done !== true; next = lines.next()) {
    const first = next.value;
    if (blank.test(first.text)) {
      spaced = true;
      continue;
    }
    const found = fenceStart.exec(first.text);
    if (found !== null) {
      const open = { indent: found[1]?.length ?? 0, mark: found[2] ?? "```", language: (found[3] ?? "").toLowerCase() };
      const inside = readFence(text, first.end, open, whole);
      const block: Block = { kind: "code", language: open.language, lines: inside.lines, begins: true };
      return { block, spaced, end: inside.end, fence: inside.closed ? null : open };
    }
    const read = readPlain(text, lines, first, whole);
    return read === null
      ? null
      : { block: { kind: read.kind, source: read.source }, spaced, end: read.end, fence: null };
  }
  return null;
};
