import { shortCount } from "../../render/counts.ts";
import { visibleLine } from "../../render/plain-text.ts";
import type { ViewSettings } from "../contract.ts";
import { mark } from "./depth.ts";
import { columnsFor, cutLine, indented, type Line, lineOf, span } from "./spans.ts";

/** What `/context` shows of a request; shares are parts of the model's window, 0 to 1. */
export type ContextUse = {
  readonly model: string;
  /** Tokens. */
  readonly window: number;
  readonly tokens: number;
  readonly parts: readonly { readonly name: string; readonly tokens: number; readonly share: number }[];
  /** What was cut or left out. */
  readonly notices: readonly string[];
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** A bar of at most `cells` cells; a part that is there at all has one. */
const bar = (share: number, cells: number): string =>
  "█".repeat(share <= 0 ? 0 : Math.max(1, Math.min(cells, Math.round(share * cells))));

/** What fills the window, the largest part first. */
export const contextLines = (use: ContextUse, settings: ViewSettings): Line[] => {
  const columns = columnsFor(settings);
  const share = use.window === 0 ? 0 : use.tokens / use.window;
  const head = `${visibleLine(use.model)}: about ${shortCount(use.tokens)} of ${shortCount(use.window)} tokens (${percent(share)})`;
  const room = Math.max(0, Math.min(30, columns - 56));
  const parts = use.parts
    .filter(({ tokens }) => tokens > 0)
    .toSorted((a, b) => b.tokens - a.tokens)
    .map(({ name, tokens, share: part }) => {
      const numbers = `${shortCount(tokens).padStart(7)}  ${percent(part).padStart(7)}`;
      const shown = settings.plain || room === 0 ? "" : `  ${bar(part / Math.max(share, 0.0001), room)}`;
      return cutLine([span(`${numbers}  ${visibleLine(name)}`), span(shown, "accent")], columns);
    });
  const notices = use.notices.flatMap((notice) =>
    indented([lineOf(visibleLine(notice))], columns, {
      first: [mark("warning", settings), span(" ")],
      next: lineOf("  "),
    }),
  );
  return [cutLine(lineOf(head, "strong"), columns), ...parts, ...notices];
};
