import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ThreadEvent, threadEvent } from "@fettle/protocol";

/** The bundle, where a run of the tests has built one; else from source. */
export const fettleProgram = process.env["FETTLE_TEST_PROGRAM"] ?? join(import.meta.dirname, "../../bin/fettle");

const folders: string[] = [];
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder for one test with a home for fettle, removed at the end of the process. */
export const scratch = (name: string): { path: string; home: string } => {
  const path = mkdtempSync(join(tmpdir(), `fettle-${name}-`));
  folders.push(path);
  return { path, home: join(path, "home") };
};

export const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", ...args], { cwd, encoding: "utf8" });

/** A committed git repository with these files. */
export const makeRepository = (path: string, files: Record<string, string>): string => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  git(path, "init", "-q");
  git(path, "add", "-A");
  git(path, "commit", "-qm", "initial");
  return path;
};

export type Finished = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout as events, when the run was asked for --json. */
  events(): ThreadEvent[];
};

export type FettleRun = { readonly child: ChildProcess; readonly finished: Promise<Finished>; stdout(): string };

/** Starts the real program with a clean environment: no keys, its own home. */
export const startFettle = (
  args: readonly string[],
  options: { cwd: string; home: string; env?: Record<string, string>; input?: string },
): FettleRun => {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: options.home,
    FETTLE_HOME: options.home,
    LANG: "C.UTF-8",
    ...options.env,
  };
  mkdirSync(options.home, { recursive: true });
  const child = spawn(fettleProgram, args, { cwd: options.cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  child.on("error", reject);
  child.on("close", (code, signal) => {
    const events = (): ThreadEvent[] =>
      output.stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => threadEvent.parse(JSON.parse(line)));
    resolve({ code, signal, ...output, events });
  });
  return { child, finished: promise, stdout: () => output.stdout };
};

export const runFettle = (...args: Parameters<typeof startFettle>): Promise<Finished> => startFettle(...args).finished;
