import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

/** One test's end. `text` is the error of a failed one and the reason of a skipped or todo one. */
export type TestRecord = {
  name: string;
  line: number;
  durationMs: number;
  outcome: "passed" | "failed" | "skipped" | "todo";
  text: string;
};

export type FileResult = {
  /** Path from the root. */
  file: string;
  records: TestRecord[];
  /** What the file's process printed. */
  output: string;
  durationMs: number;
};

export type FileRun = {
  root: string;
  file: string;
  /** Regular expressions; none runs every test. */
  names: readonly string[];
  timeoutMs: number;
  signal: AbortSignal;
};

type Ended = { code: number | null; signal: NodeJS.Signals | null; timedOut: boolean; output: string };

const killGroup = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
};

const execute = (run: FileRun, destination: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        `--test-reporter=${join(import.meta.dirname, "json-reporter.ts")}`,
        `--test-reporter-destination=${destination}`,
        ...run.names.map((name) => `--test-name-pattern=${name}`),
        run.file,
      ],
      // A group of its own, so that a file that hangs is ended together with what it started.
      { cwd: run.root, detached: true, stdio: ["ignore", "pipe", "pipe"] },
    );
    let output = "";
    let timedOut = false;
    const end = (): void => killGroup(child.pid);
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, run.timeoutMs);
    run.signal.addEventListener("abort", end, { once: true });
    const keep = (chunk: Buffer): void => {
      output = `${output}${chunk}`.slice(-100_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const settle = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer);
      run.signal.removeEventListener("abort", end);
      resolve({ code, signal, timedOut, output });
    };
    child.on("error", (error) => {
      output += String(error);
      settle(1, null);
    });
    child.on("exit", (code, signal) => {
      // Whatever the file left running must not outlive it; what has left the group may still hold the output open.
      killGroup(child.pid);
      const late = setTimeout(settle, 1_000, code, signal);
      child.on("close", () => {
        clearTimeout(late);
        settle(code, signal);
      });
    });
  });

const readRecords = (path: string): TestRecord[] => {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line.endsWith("}"))
      .map((line) => JSON.parse(line) as TestRecord);
  } catch {
    return [];
  }
};

/** Why the file itself is a failure although none of its tests says so; undefined when it is not. */
const fileFault = (ended: Ended, records: readonly TestRecord[], run: FileRun): string | undefined => {
  if (run.signal.aborted) return "interrupted";
  if (ended.timedOut) return `not finished after ${run.timeoutMs / 1000} s: a test hangs, or a handle was left open`;
  if (ended.signal !== null) return `ended by ${ended.signal}`;
  if (ended.code !== 0 && !records.some((record) => record.outcome === "failed")) {
    return `exit code ${ended.code} outside of any test\n${ended.output}`;
  }
  if (records.length === 0 && run.names.length === 0) return "it has no tests";
  return undefined;
};

/** Runs one test file to its end. Never rejects: a file that cannot run, dies or hangs is a failed record. */
export const runFile = async (run: FileRun): Promise<FileResult> => {
  const folder = mkdtempSync(join(tmpdir(), "fettle-test-"));
  const destination = join(folder, "records.jsonl");
  const startedAt = performance.now();
  const ended = await execute(run, destination);
  const durationMs = performance.now() - startedAt;
  const records = readRecords(destination);
  rmSync(folder, { recursive: true, force: true });
  const fault = fileFault(ended, records, run);
  if (fault !== undefined) records.push({ name: "(the file)", line: 1, durationMs, outcome: "failed", text: fault });
  return { file: relative(run.root, run.file), records, output: ended.output, durationMs };
};
