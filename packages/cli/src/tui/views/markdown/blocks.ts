import { Lexer, type Token, type Tokens } from "marked";
import type { ViewSettings } from "../../contract.ts";
import { append, indented, type Line, lineOf, span, wrapLine } from "../spans.ts";
import { highlightLine, type Inside } from "./highlight.ts";
import { inlineLines } from "./inline.ts";
import { tableLines } from "./table.ts";

const margin = { first: lineOf("  "), next: lineOf("  ") };

/** Lines of code, and what the line after them begins inside of. Broken anywhere, for each blank of code counts. */
export const codeLines = (
  lines: readonly string[],
  language: string,
  before: Inside,
  columns: number,
): { readonly lines: Line[]; readonly inside: Inside } => {
  let inside = before;
  const shown = lines.flatMap((text) => {
    const one = highlightLine(text.replaceAll("\t", "    "), language, inside);
    inside = one.inside;
    return indented([one.line], columns, margin, true);
  });
  return { lines: shown, inside };
};

const bullet = (list: Tokens.List, index: number, item: Tokens.ListItem, { plain }: ViewSettings): string => {
  const mark = list.ordered ? `${Number(list.start) + index}. ` : plain ? "- " : "• ";
  if (!item.task) return mark;
  const box = item.checked === true ? (plain ? "[x] " : "☑ ") : plain ? "[ ] " : "☐ ";
  return list.ordered ? `${mark}${box}` : box;
};

const itemLines = (mark: string, item: Tokens.ListItem, columns: number, settings: ViewSettings): Line[] => {
  const inner = item.tokens.filter(({ type }) => type !== "checkbox");
  const room = Math.max(4, columns - mark.length);
  const frame = { first: [span(mark, "accent")], next: lineOf(" ".repeat(mark.length)) };
  const lines = blockLines(inner, room, settings);
  return indented(lines.length === 0 ? [[]] : lines, columns, frame, true);
};

const isApart = (token: Token): boolean => token.type === "code" || token.type === "table" || token.type === "heading";

const headingLines = (token: Tokens.Heading, columns: number, settings: ViewSettings): Line[] => {
  const marks = settings.colours === "none" ? `${"#".repeat(token.depth)} ` : "";
  return inlineLines(token.tokens, settings, "heading").flatMap((line) =>
    wrapLine([span(marks, "heading"), ...line], columns),
  );
};

const quoteFrame = { first: [span("│ ", "dim")], next: [span("│ ", "dim")] };
const plainQuote = { first: lineOf("> "), next: lineOf("> ") };

const tokenLines = (given: Token, columns: number, settings: ViewSettings): Line[] => {
  const token = given as Token & Partial<Tokens.Generic>;
  switch (token.type) {
    case "heading":
      return headingLines(token as Tokens.Heading, columns, settings);
    case "code": {
      const { text, lang } = token as Tokens.Code;
      return codeLines(text.split("\n"), (lang ?? "").toLowerCase(), null, columns).lines;
    }
    case "blockquote":
      return indented(
        blockLines((token as Tokens.Blockquote).tokens, Math.max(4, columns - 2), settings),
        columns,
        settings.plain ? plainQuote : quoteFrame,
        true,
      );
    case "list": {
      const list = token as Tokens.List;
      return list.items.flatMap((item, index) =>
        itemLines(bullet(list, index, item, settings), item, columns, settings),
      );
    }
    case "table":
      return tableLines(token as Tokens.Table, columns, settings).flatMap((line) => wrapLine(line, columns));
    case "hr":
      return [lineOf(settings.plain ? "" : "─".repeat(Math.min(columns, 40)), "dim")];
    case "space":
      return [];
    case "paragraph":
    case "text": {
      const inner = token.tokens ?? [{ type: "text", raw: token.raw, text: String(token.text ?? token.raw) } as Token];
      return inlineLines(inner, settings).flatMap((line) => wrapLine(line, columns));
    }
    default:
      // HTML and definitions of links are shown as they were written.
      return token.raw
        .trimEnd()
        .split("\n")
        .flatMap((line) => wrapLine(lineOf(line.replaceAll("\t", "    ")), columns));
  }
};

const blockLines = (tokens: readonly Token[], columns: number, settings: ViewSettings): Line[] => {
  const lines: Line[] = [];
  let before: Token | null = null;
  for (const token of tokens) {
    const shown = tokenLines(token, columns, settings);
    if (shown.length === 0) continue;
    const paragraphs = before?.type === "paragraph" && token.type === "paragraph";
    if (before !== null && (isApart(before) || isApart(token) || paragraphs)) lines.push([]);
    append(lines, shown);
    before = token;
  }
  return lines;
};

/** Deeper nesting than this is not for reading, and costs the parser more than it says. */
const tooDeep = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){12}|^[ \t]{48}|\[{24}/m;
/** The parser's work grows with the square of the marks in a paragraph, and its stack with their number. */
const mostMarks = 200;

const hasTooManyMarks = (text: string): boolean => {
  let marks = 0;
  for (const line of text.split("\n")) {
    // Each row of a table, and what comes after an empty line, is read for itself.
    if (line.trim() === "" || line.trimStart().startsWith("|")) marks = 0;
    marks += line.match(/[*_~]+/g)?.length ?? 0;
    if (marks > mostMarks) return true;
  }
  return false;
};

/** One block of Markdown without fences, free of controls, as lines of at most `columns` cells. */
export const markdownLines = (source: string, columns: number, settings: ViewSettings): Line[] => {
  const text = source.replaceAll("\t", "    ");
  if (!tooDeep.test(text) && !hasTooManyMarks(text))
    return blockLines(Lexer.lex(text, { gfm: true }), columns, settings);
  return text
    .trimEnd()
    .split("\n")
    .flatMap((line) => wrapLine(lineOf(line), columns));
};
