import type { ErrorItem, ReasoningItem, UserMessageItem } from "@fettle/protocol";
import { plainText } from "@fettle/protocol";
import { visibleLine } from "../../../render/plain-text.ts";
import type { ViewSettings } from "../../contract.ts";
import { counted, mark, type ViewFor } from "../depth.ts";
import { columnsFor, cutLine, indented, type Line, lineOf, type Span, type Style, span } from "../spans.ts";

/** Lines of prose, each text line for itself. */
export const textLines = (text: string, style: Style = "plain"): Line[] =>
  plainText(text)
    .trimEnd()
    .split("\n")
    .map((line) => lineOf(line.replaceAll("\t", "    "), style));

const mostUserRows = 24;

/** What a person said, or the harness on their behalf. A long paste is folded unless all is wanted. */
export const userLines = (item: UserMessageItem, settings: ViewFor): Line[] => {
  if (item.source === "harness" && settings.depth !== "full" && settings.depth !== "whole") return [];
  const style: Style = item.source === "harness" ? "dim" : "strong";
  const who = settings.plain ? (item.source === "harness" ? "fettle says: " : "you said: ") : "› ";
  const frame = { first: [span(who, "accent")], next: lineOf(settings.plain ? "" : "  ") };
  const rows = indented(textLines(item.text, style), columnsFor(settings), frame);
  const most = settings.depth === "whole" ? Number.POSITIVE_INFINITY : mostUserRows;
  const hidden = rows.length - most;
  const folded = hidden > 0 ? [...rows.slice(0, most), lineOf(`  … ${counted(hidden, "more row")}`, "dim")] : rows;
  const pictures = (item.images ?? []).map((path) => lineOf(`  picture: ${visibleLine(path)}`, "dim"));
  return [...folded, ...pictures].flatMap((line) => [cutLine(line, columnsFor(settings))]);
};

/** The model's thinking: in the way of the result, so it is shown only where it is asked for. */
export const reasoningLines = (item: ReasoningItem, settings: ViewFor): Line[] => {
  if (settings.depth !== "full" && settings.depth !== "whole") return [];
  const frame = settings.plain
    ? { first: lineOf("thinking: "), next: lineOf("") }
    : { first: lineOf("  ", "dim"), next: lineOf("  ", "dim") };
  return indented(textLines(item.text, "comment"), columnsFor(settings), frame);
};

/** A line of fettle's own, that goes on below itself. */
export const noteLines = (sign: Span, text: string, style: Style, settings: ViewSettings): Line[] =>
  indented(textLines(text, style), columnsFor(settings), { first: [sign, span(" ")], next: lineOf("  ") });

const noticeRows = 3;

/** A fault that did not end the turn, or a notice. */
export const errorLines = (item: ErrorItem, settings: ViewFor): Line[] => {
  const lines = noteLines(mark("warning", settings), item.message, "plain", settings);
  return settings.depth === "brief" ? lines.slice(0, noticeRows) : lines;
};
