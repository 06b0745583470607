import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { quantile } from "../measure/statistics.ts";
import { type MeasuredTerminal, openTerminal, type TerminalCommand } from "./open-terminal.ts";
import { startStreamServer } from "./stream-server.ts";
import { lastWords } from "./threads.ts";

/* What is measured of a terminal program. Each takes a fresh process. Times in milliseconds. */

const anything = (text: string): boolean => /\S/.test(text);

/** Milliseconds of the clock; `cpuMs`: of processors, which other work on the machine does not lengthen as much. */
export type StartTimes = { readonly paintMs: number; readonly cpuMs: number; readonly readyMs: number };

/** From the start of the process to anything on the screen, and to the first key typed then being there. */
export const startTimes = async (
  command: TerminalCommand,
  painted: (text: string) => boolean = anything,
): Promise<StartTimes> => {
  const startedAt = performance.now();
  const terminal = openTerminal(command);
  try {
    const paintedAt = await terminal.until("the first paint", painted);
    const cpuMs = (1000 * cpuTicks(terminal.pid)) / ticksPerSecond;
    terminal.type("qzx");
    const ready = await terminal.until("the keys", (text) => text.includes("qzx"));
    return { paintMs: paintedAt - startedAt, cpuMs, readyMs: ready - startedAt };
  } finally {
    await terminal.end();
  }
};

const ticksPerSecond = 100;

const cpuTicks = (pid: number): number => {
  const [, fields = ""] = /\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  const numbers = fields.split(" ").map(Number);
  return (numbers[11] ?? 0) + (numbers[12] ?? 0);
};

const residentMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1024;

/** Percent of one processor while nothing happens. */
export const idleCpu = async (command: TerminalCommand, ready: string, seconds: number): Promise<number> => {
  const terminal = openTerminal(command);
  try {
    await terminal.until(ready, (text) => text.includes(ready));
    await wait(3000);
    const before = cpuTicks(terminal.pid);
    await wait(seconds * 1000);
    return (100 * (cpuTicks(terminal.pid) - before)) / ticksPerSecond / seconds;
  } finally {
    await terminal.end();
  }
};

export type OpenTimes = { readonly openMs: number; readonly cpuMs: number; readonly memoryMb: number };

/** From the start to the last words of a stored thread on the screen, and the memory that it takes then. */
export const openThreadTimes = async (command: TerminalCommand): Promise<OpenTimes> => {
  const startedAt = performance.now();
  const terminal = openTerminal(command);
  try {
    const shown = await terminal.until(lastWords, (text) => text.includes(lastWords));
    const cpuMs = (1000 * cpuTicks(terminal.pid)) / ticksPerSecond;
    await wait(1000);
    return { openMs: shown - startedAt, cpuMs, memoryMb: residentMb(terminal.pid) };
  } finally {
    await terminal.end();
  }
};

const keyPauseMs = 40;

/** Letters without a pattern, so that what was typed last stands nowhere before. */
const letterAt = (index: number): string => "bcdfghjklmnpqrstvwxz"[((index + 1) * 7919 * (index + 13)) % 20] ?? "q";

const typeKeys = async (terminal: MeasuredTerminal, count: number): Promise<number[]> => {
  const times: number[] = [];
  let typed = "";
  for (let index = 0; index < count; index++) {
    const key = letterAt(index);
    typed += key;
    const wanted = typed;
    const from = performance.now();
    terminal.type(key);
    // All that was typed, whatever rows it is broken into.
    times.push((await terminal.until(wanted, (text) => text.replace(/\s/g, "").includes(wanted))) - from);
    await wait(keyPauseMs);
  }
  return times;
};

export type Streaming = {
  readonly echo50Ms: number;
  readonly echo95Ms: number;
  readonly bytesPerDelta: number;
  readonly cpuPercent: number;
};

/** Keys typed while a model says so many pieces a second; the bytes of a second in which nothing is typed. */
export const streaming = async (
  commandFor: (baseUrl: string) => TerminalCommand,
  perSecond: number,
  keys: number,
): Promise<Streaming> => {
  const server = await startStreamServer(perSecond, 60);
  const terminal = openTerminal(commandFor(server.baseUrl));
  try {
    await terminal.until("the answer", (text) => text.includes("lazy dog"));
    await wait(1000);
    const [bytes, ticks] = [terminal.written(), cpuTicks(terminal.pid)];
    await wait(4000);
    const bytesPerDelta = (terminal.written() - bytes) / (4 * perSecond);
    const cpuPercent = (100 * (cpuTicks(terminal.pid) - ticks)) / ticksPerSecond / 4;
    const times = await typeKeys(terminal, keys);
    return { echo50Ms: quantile(times, 0.5), echo95Ms: quantile(times, 0.95), bytesPerDelta, cpuPercent };
  } finally {
    await terminal.end();
    await server.close();
  }
};
