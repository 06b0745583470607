import { type ContextReport, contextReport } from "@fettle/agent";
import { plainText } from "@fettle/protocol";
import { type Colours, coloursFor } from "../render/colours.ts";
import { visibleLine } from "../render/plain-text.ts";

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const count = (value: number): string => value.toLocaleString("en");

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  // The first column is text, the others are numbers.
  return rows
    .map(
      (row) =>
        `  ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  ")}`,
    )
    .join("\n");
};

const fileRow = (file: ContextReport["instructions"][number]): string => {
  const cut = file.used_bytes < file.bytes ? `, ${count(file.bytes - file.used_bytes)} cut` : "";
  const how = file.included_by === undefined ? "" : `, included by ${visibleLine(file.included_by)}`;
  const when = file.told === "entered" ? ", told when work entered its folder" : "";
  return `  ${visibleLine(file.path)} — ${count(file.used_bytes)} of ${count(file.bytes)} bytes${cut}${how}${when}`;
};

const textReport = (report: ContextReport, c: Colours): string => {
  const rows = report.parts.map(({ name, tokens, share }) => [name, count(tokens), percent(share)]);
  const lines = [
    `${c.bold(report.model)}: about ${count(report.tokens)} of ${count(report.window)} tokens (${percent(report.share)})`,
    "",
    table([...rows, ["in all", count(report.tokens), percent(report.share)]]),
    "",
    `${c.bold("Tools")}: ${report.tools.map(({ name, tokens }) => `${visibleLine(name)} ${count(tokens)}`).join(", ")}`,
    "",
    c.bold("Instruction files"),
    ...(report.instructions.length === 0
      ? ["  none; fettle init writes a first one"]
      : report.instructions.map(fileRow)),
  ];
  if (report.skills.length > 0) lines.push("", c.bold("Skills"));
  for (const { name, path, told_bytes } of report.skills) {
    const told = told_bytes === 0 ? "" : ` — ${count(told_bytes)} bytes told`;
    lines.push(`  ${name} (${visibleLine(path)})${told}`);
  }
  if (report.notices.length > 0) lines.push("", c.bold("Cut or left out"));
  for (const notice of report.notices) lines.push(`  ${c.yellow("!")} ${plainText(notice)}`);
  return lines.join("\n");
};

/** Prints what a request consists of. */
export const showContext = (given: Parameters<typeof contextReport>[0], form: "text" | "json"): void => {
  const report = contextReport(given);
  const text = form === "json" ? JSON.stringify(report, null, 2) : textReport(report, coloursFor(process.stdout));
  process.stdout.write(`${text}\n`);
};
