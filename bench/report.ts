import { median, medianRatio } from "./measure/statistics.ts";
import type { Results, RunResult } from "./results.ts";

/* Turns results.json into the page that people read: what each program costs, and our bars, met or missed. */

type Pick = (run: RunResult) => number | undefined;

const milliseconds = (value: number): string =>
  Number.isNaN(value) ? "–" : value < 20 ? value.toFixed(1) : value.toFixed(0);
const megabytes = (value: number): string => (Number.isNaN(value) ? "–" : (value / 1e6).toFixed(0));
const times = (value: number): string => (Number.isNaN(value) ? "–" : value.toFixed(2));

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
};

/** Values of one program in one scenario by repetition. Runs that failed are no measurement. */
const series = (results: Results, peer: string, scenario: string, pick: Pick): (number | undefined)[] =>
  Array.from({ length: results.repetitions }, (_, repetition) => {
    const run = results.runs.find((r) => r.peer === peer && r.scenario === scenario && r.repetition === repetition);
    return run?.ok === true ? pick(run) : undefined;
  });

const startSeries = (results: Results, peer: string, flag: string): number[] =>
  results.starts.filter((start) => start.peer === peer && start.flag === flag).map((start) => start.wallMs);

const peersOf = (results: Results): string[] => [...new Set(results.runs.map((run) => run.peer))];

/** CPU per piece of a streamed answer: what streaming adds to a run that answers at once. */
const perDelta = (results: Results, peer: string): (number | undefined)[] => {
  const scenario = results.runs.map((run) => run.scenario).find((name) => name.startsWith("stream-")) ?? "";
  const deltas = Number(scenario.split("-")[1]);
  const hello = series(results, peer, "hello", (run) => run.cpuMs);
  return series(results, peer, scenario, (run) => run.cpuMs).map((cpu, i) => {
    const base = hello[i];
    return cpu === undefined || base === undefined ? undefined : ((cpu - base) / deltas) * 1000;
  });
};

const lateOverEarly: Pick = (run) =>
  run.earlyTurnMs === undefined || run.lateTurnMs === undefined ? undefined : run.lateTurnMs / run.earlyTurnMs;

const overview = (results: Results): string => {
  const value = (peer: string, scenario: string, pick: Pick): number => median(series(results, peer, scenario, pick));
  const rows = peersOf(results).map((peer) => [
    peer,
    milliseconds(value(peer, "hello", (run) => run.firstRequestMs)),
    milliseconds(value(peer, "hello", (run) => run.wallMs)),
    milliseconds(value(peer, "hello", (run) => run.cpuMs)),
    milliseconds(value(peer, "tools-20", (run) => run.turn50Ms)),
    milliseconds(value(peer, "tools-200", (run) => run.turn50Ms)),
    milliseconds(value(peer, "tools-200", (run) => run.turn95Ms)),
    times(value(peer, "tools-200", lateOverEarly)),
    megabytes(value(peer, "hello", (run) => run.peakMemory)),
    megabytes(value(peer, "tools-200", (run) => run.peakMemory)),
    milliseconds(median(perDelta(results, peer))),
    value(peer, "hello", (run) => run.firstTokens).toFixed(0),
  ]);
  const head = [
    "",
    "first request ms",
    "hello ms",
    "hello CPU ms",
    "turn of 20 ms",
    "turn of 200 ms",
    "p95 ms",
    "last / first tenth",
    "hello MB",
    "200 turns MB",
    "CPU µs per delta",
    "first prompt tokens",
  ];
  return table(head, rows);
};

type Bar = { what: string; value: number; limit: number; show(value: number): string };

const ratioBar = (
  results: Results,
  what: string,
  ours: string,
  base: string,
  scenario: string,
  pick: Pick,
  limit: number,
): Bar => ({
  what: `${what}, ${ours} / ${base}`,
  value: medianRatio(series(results, ours, scenario, pick), series(results, base, scenario, pick)),
  limit,
  show: times,
});

const difference = (a: readonly (number | undefined)[], b: readonly (number | undefined)[]): (number | undefined)[] =>
  a.map((value, i) => {
    const other = b[i];
    return value === undefined || other === undefined ? undefined : value - other;
  });

const ratioBars = (results: Results): Bar[] => {
  const ratio = (...args: [string, string, string, string, Pick, number]): Bar => ratioBar(results, ...args);
  const first: Pick = (run) => run.firstRequestMs;
  const turn: Pick = (run) => run.turn50Ms;
  const memory: Pick = (run) => run.peakMemory;
  return [
    ratio("start to first request", "fettle", "floor", "hello", first, 2.5),
    ratio("start to first request", "fettle", "codex", "hello", first, 0.6),
    ratio("a turn of 20, no sandbox", "fettle", "floor", "tools-20", turn, 2),
    ratio("a turn of 200, no sandbox", "fettle", "floor", "tools-200", turn, 2),
    ratio("a turn of 20, sandboxed", "fettle-ws", "floor-bwrap", "tools-20", turn, 1.6),
    ratio("a turn of 200, sandboxed", "fettle-ws", "floor-bwrap", "tools-200", turn, 1.6),
    ratio("peak memory, hello", "fettle", "floor", "hello", memory, 2),
    ratio("peak memory, 200 turns", "fettle", "floor", "tools-200", memory, 2),
    {
      what: "CPU per streamed delta, fettle / floor",
      value: medianRatio(perDelta(results, "fettle"), perDelta(results, "floor")),
      limit: 1.5,
      show: times,
    },
    ...(["--version", "--help"] as const).map((flag) => ({
      what: `${flag}, fettle / empty Node.js`,
      value: medianRatio(startSeries(results, "fettle", flag), startSeries(results, "node", flag)),
      limit: flag === "--version" ? 1.2 : 1.4,
      show: times,
    })),
  ];
};

const absoluteBars = (results: Results): Bar[] => {
  const own = (name: string): number =>
    median(results.own.filter((entry) => entry.name === name).map((entry) => entry.ms));
  const memory: Pick = (run) => run.peakMemory;
  const growth = difference(series(results, "fettle", "bigout", memory), series(results, "fettle", "hello", memory));
  const of = (scenario: string, pick: Pick): number => median(series(results, "fettle", scenario, pick));
  const missed: Pick = (run) => run.extensible - run.extensions;
  const plain = (value: number): string => (Number.isNaN(value) ? "–" : value.toFixed(0));
  return [
    { what: "last tenth of 200 turns / first tenth", value: of("tools-200", lateOverEarly), limit: 1.2, show: times },
    { what: "memory that 5 MB of output add, MB", value: median(growth) / 1e6, limit: 20, show: plain },
    { what: "first prompt, tokens", value: of("hello", (run) => run.firstTokens), limit: 3000, show: plain },
    {
      what: "requests of 200 turns that do not extend the last",
      value: of("tools-200", missed),
      limit: 0,
      show: plain,
    },
    {
      what: "retry after a dropped stream, ms",
      value: of("drop", (run) => run.retryMs),
      limit: 250,
      show: milliseconds,
    },
    {
      what: "retry after a 429, ms beyond retry-after",
      value: of("429", (run) => run.retryMs),
      limit: 25,
      show: milliseconds,
    },
    { what: "snapshot of a tree of 5,000 files, ms", value: own("snapshot-5000"), limit: 30, show: milliseconds },
    { what: "resuming a thread of 100,000 events, ms", value: own("resume-100000"), limit: 300, show: milliseconds },
  ];
};

const standing = ({ value, limit }: Bar): string => {
  if (Number.isNaN(value)) return "not measured";
  return value <= limit ? "met" : "**missed**";
};

const failures = (results: Results): string => {
  const failed = results.runs.filter((run) => !run.ok);
  if (failed.length === 0)
    return "Every run ended well, printed the last words, and gave the model what the commands print.";
  const lines = failed.map((run) => `- ${run.peer}, ${run.scenario}, repetition ${run.repetition}: exit ${run.exit}`);
  return `These runs did not do the work and are in no figure:\n\n${lines.join("\n")}`;
};

/** The page in Markdown. */
export const renderReport = (results: Results): string => {
  const bars = [...ratioBars(results), ...absoluteBars(results)];
  const load =
    results.load.length === 0
      ? "unknown"
      : `${Math.min(...results.load).toFixed(1)} to ${Math.max(...results.load).toFixed(1)}`;
  const versions = Object.entries(results.versions).map(([peer, version]) => `${peer}: ${version}`);
  return `# What agents cost around a model that answers at once

Written by \`npm run bench\`; do not edit. ${results.date.slice(0, 10)}, Node.js ${results.node}, ${results.cores} cores (${results.cpu}),
load ${load}, ${results.repetitions} repetitions. ${versions.join(" · ")}.
${results.missing.length === 0 ? "" : `Not installed, so not measured: ${results.missing.join(", ")}.\n`}
A scripted model on loopback gives every program the same shell commands; what is left on the clock is the program itself. \`floor\` is the least
a Node.js process can do (bench/floor.mjs), \`floor-bwrap\` the same with each command in bubblewrap; the names with \`-ws\` run in their
own sandbox, those without run commands unconfined. For each repetition and scenario all run once, in rotating order; figures are medians, ratios are
taken within a repetition first. A turn is the time from the last byte of an answer to the whole of the next request. CPU and memory are those of the whole
process tree; memory is sampled every 20 ms and counts shared pages once per process.

## Our bars

${table(
  ["bar", "measured", "limit", ""],
  bars.map((bar) => [bar.what, bar.show(bar.value), `≤ ${bar.limit}`, standing(bar)]),
)}

## Everybody

${overview(results)}

${failures(results)}
`;
};
