import { join, resolve } from "node:path";
import { buildProgram } from "./test/built-program.ts";
import { findTestFiles } from "./test/files.ts";
import { createReport } from "./test/report.ts";
import { runFile } from "./test/run-file.ts";

/*
 * npm test [-- PATH… [--name PATTERN]]: runs node:test over every *.test.ts of the packages, of test/ and of bench/,
 * or over those whose path contains a PATH. Each file runs in a process of its own, which is ended with all it started
 * when it takes too long: open handles that keep a process alive are bugs and show as failures.
 */

const fileTimeoutMs = 180_000;
/** Two at a time: test processes start processes of their own, and the slowest machine we care for has two cores. */
const concurrency = 2;

const root = resolve(import.meta.dirname, "..");

const parseArguments = (argv: readonly string[]): { filters: string[]; names: string[] } => {
  const filters: string[] = [];
  const names: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? "";
    if (argument === "--name") names.push(argv[++i] ?? "");
    else filters.push(argument);
  }
  return { filters, names };
};

const { filters, names } = parseArguments(process.argv.slice(2));
const files = findTestFiles(root, filters);
if (files.length === 0) {
  console.error(`No test file matches ${filters.join(" ") || "packages/*/test/**/*.test.ts"}.`);
  process.exit(1);
}

const program = files.some((file) => file.startsWith(join(root, "test/"))) ? buildProgram(root) : null;
if (program !== null) process.env["FETTLE_TEST_PROGRAM"] = program.path;
process.once("exit", () => program?.remove());

const report = createReport((text) => process.stdout.write(text));
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stop.abort());

const queue = [...files];
const work = async (): Promise<void> => {
  for (let file = queue.shift(); file !== undefined && !stop.signal.aborted; file = queue.shift()) {
    report.add(await runFile({ root, file, names, timeoutMs: fileTimeoutMs, signal: stop.signal }));
  }
};
await Promise.all(Array.from({ length: concurrency }, work));
const passed = report.finish();
process.exitCode = stop.signal.aborted ? 130 : passed ? 0 : 1;
