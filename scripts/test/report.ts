import type { FileResult, TestRecord } from "./run-file.ts";

/** One line a file as it ends; then all failures, all skips with their reasons, and the totals. */
export type Report = {
  add(result: FileResult): void;
  /** Prints what was gathered; true when tests ran and none failed. */
  finish(): boolean;
};

const indent = (text: string): string => text.replace(/^(?=.)/gm, "    ");

const countOf = (records: readonly TestRecord[], outcome: TestRecord["outcome"]): number =>
  records.filter((record) => record.outcome === outcome).length;

const fileLine = ({ file, records, output, durationMs }: FileResult): string => {
  const failed = countOf(records, "failed");
  const skipped = countOf(records, "skipped");
  const notes = [`${countOf(records, "passed")} passed`];
  if (failed > 0) notes.push(`${failed} FAILED`);
  if (skipped > 0) notes.push(`${skipped} skipped`);
  const line = `${failed > 0 ? "✖" : "✔"} ${file} (${notes.join(", ")}, ${(durationMs / 1000).toFixed(1)} s)\n`;
  return failed > 0 && output !== "" ? `${line}${indent(output.trimEnd())}\n` : line;
};

export const createReport = (write: (text: string) => void): Report => {
  const results: FileResult[] = [];
  const startedAt = performance.now();
  return {
    add(result) {
      results.push(result);
      write(fileLine(result));
    },
    finish() {
      const all = results.flatMap(({ file, records }) => records.map((record) => ({ file, ...record })));
      const failures = all.filter((record) => record.outcome === "failed");
      for (const { file, name, line, text } of failures) {
        write(`\n✖ ${file}:${line} › ${name}\n${indent(text)}\n`);
      }
      const skips = all.filter((record) => record.outcome === "skipped" || record.outcome === "todo");
      if (skips.length > 0) write("\nNot run:\n");
      for (const { file, name, outcome, text } of skips) write(`﹣ ${file} › ${name} (${outcome}: ${text})\n`);
      const passed = countOf(all, "passed");
      const failed = failures.length;
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      write(`\nℹ files ${results.length}\nℹ tests ${all.length}\nℹ pass ${passed}\nℹ fail ${failed}\n`);
      write(`ℹ skipped ${skips.length}\nℹ duration ${seconds} s\n`);
      // Once more by name, where those look who see only the end.
      for (const { file, name } of failures) write(`✖ ${file} › ${name}\n`);
      write(`${passed} passed, ${failed} failed, ${skips.length} skipped\n`);
      return failed === 0 && passed > 0;
    },
  };
};
