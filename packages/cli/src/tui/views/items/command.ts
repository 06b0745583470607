import type { CommandExecutionItem } from "@fettle/protocol";
import { plainText } from "@fettle/protocol";
import { visibleLine } from "../../../render/plain-text.ts";
import { cut, widthOf } from "../cells.ts";
import { duration, mark, type ViewFor } from "../depth.ts";
import { columnsFor, cutLine, indented, type Line, lineOf, type Span, span } from "../spans.ts";
import { amountFor, outputLines, outputTexts } from "./output.ts";

/** A reason this long has a row of its own. */
const shortReason = 20;

/** How it ended, in a word or two. */
const endOf = (item: CommandExecutionItem): string => {
  if (item.exit_code !== undefined && item.error === undefined) return `exit ${item.exit_code}`;
  if (item.error === undefined) return `ended by ${item.signal ?? "a signal"}`;
  if (item.error.length <= shortReason) return visibleLine(item.error);
  return item.exit_code === undefined ? "did not run" : `exit ${item.exit_code}`;
};

const reasonLines = ({ error }: CommandExecutionItem, settings: ViewFor): Line[] => {
  if (error === undefined || error.length <= shortReason || settings.depth === "brief") return [];
  const frame = { first: lineOf("    "), next: lineOf("    ") };
  return indented([lineOf(visibleLine(error), "dim")], columnsFor(settings), frame);
};

/** A head of fixed beginning and end, whose middle gives way. */
export const headLine = (before: readonly Span[], middle: Span, after: string, settings: ViewFor): Line => {
  const columns = columnsFor(settings);
  const used = before.reduce((sum, { text }) => sum + widthOf(text), 0) + 1;
  // What says how it ended may take half of the row, or what the middle does not need.
  const free = columns - used - widthOf(cut(middle.text, columns));
  const end = cutLine(lineOf(after, "dim"), Math.max(8, Math.floor(columns / 2), free));
  const room = columns - used - end.reduce((sum, { text }) => sum + widthOf(text), 0);
  const shown = cutLine([middle], Math.max(4, room));
  return cutLine([...before, span(" "), ...shown, ...end], columns);
};

const scriptLines = (item: CommandExecutionItem, settings: ViewFor): Line[] => {
  const lines = plainText(item.command).trimEnd().split("\n");
  const all = settings.depth === "whole" || settings.depth === "full";
  if (!all || (lines.length === 1 && settings.depth !== "whole")) return [];
  const frame = { first: lineOf("  │ ", "dim"), next: lineOf("  │ ", "dim") };
  return indented(
    lines.map((line) => lineOf(line.replaceAll("\t", "    "), "code")),
    columnsFor(settings),
    frame,
    true,
  );
};

/** A command that ended: a line, and as much of what it printed as is wanted; a failed one says why. */
export const commandLines = (item: CommandExecutionItem, settings: ViewFor): Line[] => {
  const failed = item.exit_code !== 0;
  const took = item.duration_ms === undefined ? "" : ` · ${duration(item.duration_ms)}`;
  const by = item.origin === "check" ? " · check" : "";
  const bare = item.sandbox === "danger-full-access" ? " · outside of the sandbox" : "";
  const after = ` — ${endOf(item)}${took}${by}${bare}`;
  const sign = [mark(failed ? "failed" : "ok", settings), span(settings.plain ? " command" : " $", "accent")];
  const head = headLine(sign, span(visibleLine(item.command)), after, settings);
  const hasMore = settings.depth === "full" || settings.depth === "whole";
  const output = failed || hasMore ? outputLines(item.aggregated_output, amountFor(settings.depth), settings) : [];
  const where =
    settings.depth === "whole" && item.output_path !== undefined
      ? [cutLine(lineOf(`    whole output: ${visibleLine(item.output_path)}`, "dim"), columnsFor(settings))]
      : [];
  return [head, ...scriptLines(item, settings), ...reasonLines(item, settings), ...output, ...where];
};

/** Its last lines while it runs. */
const liveTail = { brief: 0, normal: 4, full: 12, whole: 12 } as const;

/** A command that runs: for how long when that is known, and the end of what it printed so far. */
export const runningCommandLines = (
  item: CommandExecutionItem,
  tail: string,
  elapsedMs: number | null,
  settings: ViewFor,
): Line[] => {
  // Time that goes by would be read out again and again.
  const time = elapsedMs === null || elapsedMs < 1000 || settings.plain ? "" : ` — ${duration(elapsedMs)}`;
  const session = item.session === undefined ? "" : ` · session ${item.session}`;
  const sign = [mark("running", settings), span(settings.plain ? " command" : " $", "accent")];
  const head = headLine(sign, span(visibleLine(item.command)), `${time}${session}`, settings);
  const count = liveTail[settings.depth];
  if (settings.plain || count === 0) return [head];
  const texts = outputTexts(tail).slice(-count);
  return [head, ...texts.map((text) => cutLine(lineOf(`    ${text}`, "dim"), columnsFor(settings)))];
};
