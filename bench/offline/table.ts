import type { BugCase } from "./case.ts";
import type { Verdict } from "./judge.ts";

export type Row = {
  readonly found: BugCase;
  readonly verdict: Verdict;
  readonly sameAsMaintainers: boolean;
  /** 1-based place of the first right edit among the alternatives; 0 when there is none or it was not looked at. */
  readonly rightAlternative: number;
  readonly elapsedMs: number;
  /** Unified diff of the edit that was judged. */
  readonly diff: string;
};

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
};

const percent = (count: number, of: number): string => (of === 0 ? "–" : `${Math.round((100 * count) / of)} %`);
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const shown = 110;

/** The changed lines of a diff in one table cell, cut when long. */
const editCell = (diff: string): string => {
  const lines = diff.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line));
  if (lines.length === 0) return "";
  const text = lines.map((line) => `${line[0]} ${line.slice(1).trim()}`).join(" ");
  const cut = text.length > 2 * shown ? `${text.slice(0, 2 * shown)}…` : text;
  // A code span that holds backticks needs longer fences.
  return cut.includes("`") ? `\`\` ${cut} \`\`` : `\`${cut}\``;
};

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
    "| case | bug | outcome | s | its edit |",
    "|---|---|---|---|---|",
    ...rows.map((row) => {
      const { found } = row;
      const release = `${found.package} ${found.buggy.version}`;
      const time = (row.elapsedMs / 1000).toFixed(1);
      return `| ${release} | ${cell(found.summary)} | ${verdictCell(row)} | ${time} | ${cell(editCell(row.diff))} |`;
    }),
  ];
  return `${lines.join("\n")}\n`;
};
