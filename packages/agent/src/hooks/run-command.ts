import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";

export type HookCommand = {
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its standard input. */
  readonly input: string;
  readonly timeoutMs: number;
};

export type HookExit = {
  /** Null when it was ended, or could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why there is no exit code. */
  readonly error: string | null;
  readonly durationMs: number;
};

const mostOutput = 1 << 20;
/** What a hook has left running may hold its output open; it has said what it had to say. */
const afterExitMs = 200;

const collect = (stream: NodeJS.ReadableStream | null): (() => string) => {
  const chunks: Buffer[] = [];
  let held = 0;
  stream?.on("data", (chunk: Buffer) => {
    if (held < mostOutput) chunks.push(chunk.subarray(0, mostOutput - held));
    held += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
};

const killGroup = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended.
  }
};

const running = new Set<ChildProcess>();
let isWatching = false;

/** Our end is the end of what runs then. One listener serves all: Node warns of many. */
const endWithUs = (child: ChildProcess): void => {
  running.add(child);
  if (isWatching) return;
  isWatching = true;
  process.once("exit", () => running.forEach(killGroup));
};

/** Runs a command outside of the sandbox, as the user. It and what it started are killed at the time limit, the abort and our exit. */
export const runHookCommand = (request: HookCommand, signal: AbortSignal): Promise<HookExit> => {
  const { command, cwd, env, input, timeoutMs } = request;
  const startedAt = performance.now();
  const { promise, resolve } = Promise.withResolvers<HookExit>();
  const child = spawn(existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh", ["-c", command], {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  let ended: string | null = null;
  const end = (why: string): void => {
    ended ??= why;
    killGroup(child);
  };
  const timer = setTimeout(() => end(`it took longer than ${timeoutMs / 1000} s`), timeoutMs);
  const onAbort = (): void => end("interrupted");
  signal.addEventListener("abort", onAbort, { once: true });
  endWithUs(child);
  const finish = (code: number | null, error: string | null): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    running.delete(child);
    child.stdout?.destroy();
    child.stderr?.destroy();
    resolve({ code, error, stdout: stdout(), stderr: stderr(), durationMs: performance.now() - startedAt });
  };
  // One that does not read its input, or ends early, is no fault.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  child.once("error", (error) => finish(null, error.message));
  child.once("exit", (code, name) => {
    clearTimeout(timer);
    const outcome = (): void =>
      finish(ended === null ? code : null, ended ?? (code === null ? `ended by ${name}` : null));
    const late = setTimeout(outcome, afterExitMs);
    child.once("close", () => {
      clearTimeout(late);
      outcome();
    });
  });
  if (signal.aborted) onAbort();
  return promise;
};
