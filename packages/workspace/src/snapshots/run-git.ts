import { spawn } from "node:child_process";
import { programPath } from "../sandbox/find-program.ts";
import { SnapshotError } from "../types.ts";

export type GitResult = {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
};

export type GitCall = {
  readonly cwd: string;
  /** Added to the scrubbed environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
};

/** Options without which a repository's own configuration could run programs or change bytes. */
const safeOptions = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.attributesFile=/dev/null",
  "core.autocrlf=false",
  "core.eol=lf",
  "core.safecrlf=false",
  "core.quotePath=false",
  "core.splitIndex=false",
  "core.untrackedCache=false",
  "safe.bareRepository=explicit",
  // The folder may belong to someone else; nothing that it configures is run.
  "safe.directory=*",
  "protocol.allow=never",
].flatMap((option) => ["-c", option]);

const passedVariables = ["PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "SystemRoot"];

/** No variable that steers git (GIT_*) passes, and messages come in the language that is parsed here. */
export const gitEnvironment = (): Record<string, string> => {
  const env: Record<string, string> = {
    LC_ALL: "C",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
  };
  for (const name of passedVariables) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
};

/** `check-ignore` refuses literal path arguments; a leading `./` keeps it from reading names as patterns. */
export const notLiteral = { GIT_LITERAL_PATHSPECS: "0" } as const;

/** The arguments of a git call with the safe options in front. */
export const gitArguments = (args: readonly string[]): string[] => ["--no-pager", ...safeOptions, ...args];

/** Turns a failure to start git into the one line a person needs. */
export const startFailure = (error: NodeJS.ErrnoException, cwd: string): SnapshotError =>
  error.code === "ENOENT"
    ? new SnapshotError(`git could not be started in ${cwd}: git is not installed, or the folder is gone`)
    : new SnapshotError(`git could not be started in ${cwd}: ${error.message}`);

/** Runs git to its end and keeps its output. Throws `SnapshotError` only when it cannot be started. */
export const runGit = (args: readonly string[], call: GitCall): Promise<GitResult> =>
  new Promise((resolve, reject) => {
    const child = spawn(programPath("git"), gitArguments(args), {
      cwd: call.cwd,
      env: { ...gitEnvironment(), ...call.env },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.on("error", (error) => reject(startFailure(error, call.cwd)));
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    // A git that ends early closes its input; its exit code tells why.
    child.stdin.on("error", () => {});
    child.stdin.end(call.input ?? "");
    child.on("close", (code) => {
      resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString("utf8") });
    });
  });

/** The first line of what git complained about, without its prefix. */
export const gitComplaint = (result: GitResult): string => {
  const lines = result.stderr.split("\n").filter((line) => line !== "" && !line.startsWith("warning:"));
  const line = lines.find((candidate) => candidate.startsWith("error:")) ?? lines[0];
  return line?.replace(/^(?:fatal|error): /, "") ?? `git ended with ${result.code ?? "a signal"}`;
};

/** Splits NUL-terminated output. Names are decoded byte for byte (latin1), so that any name survives. */
export const splitNul = (output: Buffer): string[] => {
  const fields = output.toString("latin1").split("\0");
  fields.pop();
  return fields;
};
