import { spawn } from "node:child_process";

export type TestOutcome = {
  /** Null when a signal or the time limit ended it. */
  readonly exitCode: number | null;
  /** Names of the top-level tests, in order. Both are empty for a test file that is a plain script. */
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** Standard output and error together. */
  readonly output: string;
};

const lineOf = /^(not ok|ok) \d+ - (.*)$/;

const parseTap = (output: string, file: string): { passed: string[]; failed: string[] } => {
  const passed: string[] = [];
  const failed: string[] = [];
  for (const line of output.split("\n")) {
    const match = lineOf.exec(line);
    const name = match?.[2]?.replaceAll("\\#", "#");
    // A file that fails as a whole is listed under its own name.
    if (match === null || name === undefined || name.endsWith(file)) continue;
    (match[1] === "ok" ? passed : failed).push(name);
  }
  return { passed, failed };
};

/** Runs one test file of a repository outside any sandbox, with this Node, for at most `timeoutMs`. Never throws. */
export const runTestFile = (repository: string, file: string, timeoutMs = 60_000): Promise<TestOutcome> =>
  new Promise((resolve) => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(process.execPath, ["--test", "--test-reporter=tap", file], {
      cwd: repository,
      env,
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => resolve({ exitCode: null, passed: [], failed: [], output: String(error) }));
    child.on("close", (exitCode) => resolve({ exitCode, ...parseTap(output, file), output }));
  });
