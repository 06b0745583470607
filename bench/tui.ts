import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { environmentOf } from "./environment.ts";
import { median, medianRatio } from "./measure/statistics.ts";
import { idleCpu, type OpenTimes, openThreadTimes, type StartTimes, startTimes, streaming } from "./tui/measures.ts";
import type { TerminalCommand } from "./tui/open-terminal.ts";
import { hasInput, peerTerminal } from "./tui/peer.ts";
import { makeThread } from "./tui/threads.ts";

/*
 * npm run bench:tui [-- --repetitions N] [--bin PEER] [--idle SECONDS] [--out FILE]: the terminal program on a terminal:
 * start, typing while a model streams, idle, memory, long threads. PEER is another program that is started beside it in
 * turns, for the time to its first paint.
 */

const { values } = parseArgs({
  options: {
    repetitions: { type: "string", default: "5" },
    bin: { type: "string" },
    idle: { type: "string", default: "20" },
    out: { type: "string" },
  },
});
const repetitions = Number(values.repetitions);
const root = join(import.meta.dirname, "..");
const base = mkdtempSync(join(tmpdir(), "fettle-tui-bench-"));
process.once("exit", () => rmSync(base, { recursive: true, force: true }));

const home = join(base, "home");
const work = join(base, "work");
mkdirSync(home);
mkdirSync(work);
execFileSync("git", ["init", "-q", work]);
const program = join(base, "program");
execFileSync(process.execPath, [join(root, "scripts/build.ts"), "--program-only", "--out", program], {
  stdio: "ignore",
});

const fettle = (...args: readonly string[]): TerminalCommand => ({
  command: [process.execPath, join(program, "bin/fettle.mjs"), ...args],
  cwd: work,
  env: { ...environmentOf(home), FETTLE_HOME: home, NO_COLOR: "1" },
});
// Not among temporary files: codex keeps no helper programs there, and says so before anything else.
const peerHome = mkdtempSync("/var/tmp/fettle-tui-bench-");
process.once("exit", () => rmSync(peerHome, { recursive: true, force: true }));
const peer: TerminalCommand | null = values.bin === undefined ? null : peerTerminal(values.bin, peerHome, work);

/** The least that a program on this Node.js takes to say anything. */
const bare: TerminalCommand = {
  command: [
    process.execPath,
    "-e",
    "process.stdout.write('>'); process.stdin.on('data', (key) => process.stdout.write(key))",
  ],
  cwd: work,
  env: environmentOf(home),
};

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const starts = async (): Promise<{ own: StartTimes[]; other: number[]; floor: number[] }> => {
  // The first start compiles; people start it more than once.
  await startTimes(fettle());
  const own: StartTimes[] = [];
  const other: number[] = [];
  const floor: number[] = [];
  for (let index = 0; index < repetitions; index++) {
    own.push(await startTimes(fettle()));
    floor.push((await startTimes(bare)).paintMs);
    if (peer !== null) other.push((await startTimes(peer, hasInput).catch(() => ({ paintMs: Number.NaN }))).paintMs);
  }
  return { own, other, floor };
};

const row = (what: string, value: string, bar: string): string => `| ${what} | ${value} | ${bar} |`;
const ms = (value: number): string => `${value.toFixed(0)} ms`;

const { own, other, floor } = await starts();
say(`start ${own.map(({ paintMs }) => ms(paintMs)).join(", ")}`);
const model = (baseUrl: string): TerminalCommand =>
  fettle(
    "say much please",
    "-c",
    `model_providers.near.base_url=${baseUrl}`,
    "-c",
    "model_providers.near.wire_api=chat",
    "-m",
    "near/fast",
  );
const streams = [];
for (let index = 0; index < Math.min(3, repetitions); index++) streams.push(await streaming(model, 3000, 100));
say(`echo p95 ${streams.map(({ echo95Ms }) => echo95Ms.toFixed(1)).join(", ")}`);
const idle = await idleCpu(fettle("-m", "offline"), "offline", Number(values.idle));
say(`idle ${idle.toFixed(2)} %`);
// 25,000 commands are 100,000 events and their turns.
const [short, long] = [makeThread(home, work, 1000), makeThread(home, work, 23_000)];
const opened = {
  short: [] as OpenTimes[],
  long: [] as OpenTimes[],
};
for (let index = 0; index < repetitions; index++) {
  opened.short.push(await openThreadTimes(fettle("resume", short, "-m", "offline")));
  opened.long.push(await openThreadTimes(fettle("resume", long, "-m", "offline")));
}

const paints = own.map(({ paintMs }) => paintMs);
const report = [
  "# The terminal program, measured",
  "",
  "`npm run bench:tui`, medians; a terminal of 100 × 30, the release bundle, a warm compile cache. Times are those at which a",
  "terminal emulator in the measuring process shows it, so its own work is in them.",
  `Machine: ${cpus().length} × ${cpus()[0]?.model ?? "?"}, load ${loadavg()[0]?.toFixed(1)} during the run, Node ${process.versions.node}.`,
  "",
  "| what | measured | bar |",
  "|---|---|---|",
  row("first paint after the start of the process", ms(median(paints)), "≤ 150 ms"),
  row("the same in processor time", ms(median(own.map(({ cpuMs }) => cpuMs))), ""),
  row("how many times the start of a bare Node.js", medianRatio(paints, floor).toFixed(1), ""),
  row("ready: a key typed at the first paint is on the screen", ms(median(own.map(({ readyMs }) => readyMs))), ""),
  ...(other.length === 0
    ? []
    : [
        row(
          `first paint of ${basename(values.bin ?? "")}; how many times ours`,
          `${ms(median(other))}; ${medianRatio(other, paints).toFixed(1)}`,
          "",
        ),
      ]),
  row(
    "key echo, median, while 3,000 deltas a second stream",
    `${median(streams.map(({ echo50Ms }) => echo50Ms)).toFixed(1)} ms`,
    "",
  ),
  row("key echo, p95, of the same", `${median(streams.map(({ echo95Ms }) => echo95Ms)).toFixed(1)} ms`, "≤ 16 ms"),
  row("bytes written for a delta", median(streams.map(({ bytesPerDelta }) => bytesPerDelta)).toFixed(1), "bounded"),
  row("processor while they stream", `${median(streams.map(({ cpuPercent }) => cpuPercent)).toFixed(0)} %`, ""),
  row(`processor while idle, over ${values.idle} s`, `${idle.toFixed(2)} %`, "< 0.5 %"),
  row(
    "memory with a thread of 1,000 items",
    `${median(opened.short.map(({ memoryMb }) => memoryMb)).toFixed(0)} MB`,
    "≤ 130 MB",
  ),
  row(
    "a thread of 100,000 events on the screen, from the start",
    ms(median(opened.long.map(({ openMs }) => openMs))),
    "",
  ),
  row("the same in processor time", ms(median(opened.long.map(({ cpuMs }) => cpuMs))), ""),
  row(
    "the same beyond the first paint",
    ms(median(opened.long.map(({ openMs }) => openMs)) - median(paints)),
    "≤ 500 ms",
  ),
  row("memory with it", `${median(opened.long.map(({ memoryMb }) => memoryMb)).toFixed(0)} MB`, ""),
  "",
].join("\n");
if (values.out !== undefined) writeFileSync(values.out, report);
process.stdout.write(report);
