import type { BugCase } from "./case.ts";
import type { Verdict } from "./judge.ts";

export type Row = {
  readonly found: BugCase;
  readonly verdict: Verdict;
  readonly sameAsMaintainers: boolean;
  /** 1-based place of the first right edit among the alternatives; 0 when there is none or it was not looked at. */
  readonly rightAlternative: number;
  readonly elapsedMs: number;
  readonly said: string;
};

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
};

const percent = (count: number, of: number): string => (of === 0 ? "–" : `${Math.round((100 * count) / of)} %`);
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const countsLine = (name: string, rows: readonly Row[]): string => {
  const count = (verdict: Verdict): number => rows.filter((row) => row.verdict === verdict).length;
  const right = count("right");
  const green = right + count("green but wrong");
  const same = rows.filter((row) => row.verdict === "right" && row.sameAsMaintainers).length;
  return `| ${name} | ${rows.length} | ${green} (${percent(green, rows.length)}) | ${right} (${percent(right, rows.length)}) | ${same} | ${count("green but wrong")} | ${rows.length - green} |`;
};

const verdictCell = (row: Row): string => {
  if (row.verdict === "right") return row.sameAsMaintainers ? "**right**, as the maintainers" : "**right**";
  return row.rightAlternative > 0 ? `${row.verdict}; alternative ${row.rightAlternative} is right` : row.verdict;
};

/** The measurement as Markdown: totals first, then one line per case. */
export const renderTable = (rows: readonly Row[]): string => {
  const seconds = median(rows.map((row) => row.elapsedMs)) / 1000;
  const lines = [
    "| cases | n | green | right | as the maintainers | green but wrong | not mended |",
    "|---|---|---|---|---|---|---|",
    countsLine("all", rows),
    countsLine(
      "fix of 1–3 lines",
      rows.filter((row) => row.found.size === "small"),
    ),
    countsLine(
      "larger fix",
      rows.filter((row) => row.found.size === "large"),
    ),
    "",
    `Median time ${seconds.toFixed(1)} s.`,
    "",
    "| case | bug | outcome | s | the engine says |",
    "|---|---|---|---|---|",
    ...rows.map((row) => {
      const { found } = row;
      const release = `${found.package} ${found.buggy.version}`;
      const time = (row.elapsedMs / 1000).toFixed(1);
      return `| ${release} | ${cell(found.summary)} | ${verdictCell(row)} | ${time} | ${cell(row.said)} |`;
    }),
  ];
  return `${lines.join("\n")}\n`;
};
