import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monotonicMs } from "../model/request-log.ts";
import { openAccount } from "./account.ts";

export type Measured = {
  /** Monotonic milliseconds. */
  startedAt: number;
  wallMs: number;
  cpuMs: number;
  peakMemory: number;
  /** Exit code, or how else it ended. */
  exit: number | string;
  /** The last of what it printed. */
  output: string;
  /** Processes that were still there when it had ended. */
  leftOver: number;
};

export type MeasureOptions = { cwd: string; env: Readonly<Record<string, string>>; timeoutMs?: number };

const sampleEveryMs = 20;
const keptOutput = 20_000;

/** Runs a command to its end, with an empty standard input, and measures its whole process tree. */
export const measureCommand = async (argv: readonly string[], options: MeasureOptions): Promise<Measured> => {
  const account = openAccount();
  const [file = "", ...args] = account.wrap(argv);
  const startedAt = monotonicMs();
  const folder = mkdtempSync(join(tmpdir(), "fettle-bench-output-"));
  // Into a file: to read along would take time on the same cores from those that tell what they do.
  const printed = openSync(join(folder, "output"), "w+");
  const child = spawn(file, args, { cwd: options.cwd, env: options.env, stdio: ["ignore", printed, printed] });
  let peakMemory = 0;
  const sampler = setInterval(() => {
    peakMemory = Math.max(peakMemory, account.memory());
  }, sampleEveryMs);
  let timedOut = false;
  const killer = setTimeout(() => {
    timedOut = true;
    for (const pid of account.pids()) process.kill(pid, "SIGKILL");
  }, options.timeoutMs ?? 180_000);
  const exit = await new Promise<number | string>((resolve) => {
    child.on("error", (error) => resolve(String(error)));
    child.on("exit", (code, signal) => resolve(signal ?? code ?? "unknown"));
  });
  const wallMs = monotonicMs() - startedAt;
  clearInterval(sampler);
  clearTimeout(killer);
  const cpuMs = account.cpuMs();
  const leftOver = await account.close();
  const output = readFileSync(join(folder, "output"), "utf8").slice(-keptOutput);
  closeSync(printed);
  rmSync(folder, { recursive: true });
  return { startedAt, wallMs, cpuMs, peakMemory, exit: timedOut ? "timeout" : exit, output, leftOver };
};
