import type { ViewSettings } from "../contract.ts";
import { columnsFor, indented, type Line, lineOf, span } from "./spans.ts";

/** A key or a command, and what it does. */
export type HelpRow = { readonly name: string; readonly does: string };

/** Keys and commands in columns, wrapped below their meaning. */
export const helpLines = (
  groups: readonly { readonly title: string; readonly rows: readonly HelpRow[] }[],
  settings: ViewSettings,
): Line[] => {
  const columns = columnsFor(settings);
  const widest = Math.max(0, ...groups.flatMap(({ rows }) => rows.map(({ name }) => name.length)));
  const width = Math.min(widest, Math.max(6, Math.floor(columns / 3)));
  return groups.flatMap(({ title, rows }, index) => [
    ...(index === 0 ? [] : [lineOf("")]),
    lineOf(title, "heading"),
    ...rows.flatMap(({ name, does }) => {
      const frame = { first: [span(`  ${name.padEnd(width)}  `, "accent")], next: lineOf(" ".repeat(width + 4)) };
      return indented([lineOf(does)], columns, frame);
    }),
  ]);
};
