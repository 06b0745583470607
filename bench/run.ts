import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { environmentOf } from "./environment.ts";
import { isolate } from "./isolate.ts";
import { type Bench, measureRun } from "./measure/measure-run.ts";
import { measureCommand } from "./measure/run-command.ts";
import { allPeers, type Peer } from "./peers.ts";
import { renderReport } from "./report.ts";
import type { Results } from "./results.ts";

/*
 * npm run bench -- [--peers a,b] [--scenarios a,b] [--reps N] [--bin FOLDER] [--out FILE] [--report FILE]
 *
 * Measures fettle (the built package, in dist/), a floor program and other agents through the same scripted work. For
 * each repetition and scenario every program runs once, in rotating order, so that a busy minute hits all alike. Linux,
 * as root: for control groups, and to have nothing but loopback for a network.
 */

const root = resolve(import.meta.dirname, "..");
const { values: options } = parseArgs({
  options: {
    peers: { type: "string" },
    scenarios: { type: "string", default: "hello,tools-20,tools-200,bigout,stream-3000,drop,429" },
    reps: { type: "string", default: "5" },
    bin: { type: "string", default: join(root, "node_modules/.bin") },
    out: { type: "string", default: join(root, "bench/results.json") },
    report: { type: "string", default: join(root, "bench/RESULTS.md") },
  },
});

const say = (...words: unknown[]): void => console.error(new Date().toISOString().slice(11, 19), ...words);

/** A repository like many: some folders, fifty small files, one commit. */
const makeRepository = (folder: string): void => {
  mkdirSync(join(folder, "data"), { recursive: true });
  for (let i = 0; i < 10; i++) writeFileSync(join(folder, `data/${i}.txt`), `line of file ${i}\n`.repeat(8));
  for (let i = 0; i < 40; i++) writeFileSync(join(folder, `part-${i}.js`), `export const part${i} = ${i};\n`);
  writeFileSync(join(folder, "README.md"), "# Some repository\n");
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], { cwd: folder });
  };
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message", "Begin");
};

/** The scripted model in a process of its own, so that its work is not on any account. */
const startModel = async (): Promise<{ address: string; stop(): void }> => {
  const program = join(import.meta.dirname, "model/server.ts");
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise<string>((done) => {
    child.stdout.once("data", (chunk: Buffer) => done(chunk.toString().trim()));
  });
  return { address, stop: () => child.kill() };
};

const isInstalled = (peer: Peer): boolean => peer.program?.every((part) => existsSync(part)) ?? true;

const rotated = <T>(values: readonly T[], by: number): T[] =>
  values.map((_, i) => values[(i + by) % values.length]).filter((value) => value !== undefined);

const askVersion = async (bench: Bench, peer: Peer): Promise<string> => {
  const env = bench.environment(bench.homeOf(peer));
  const { output } = await measureCommand([...(peer.program ?? []), "--version"], { cwd: bench.repository, env });
  return output.trim().split("\n").at(-1) ?? "";
};

const measureStarts = async (bench: Bench, peers: readonly Peer[], results: Results): Promise<void> => {
  // An empty Node.js is the measure of all that is written for it.
  const bare: Peer = { name: "node", program: [process.execPath], start: () => ({ argv: [], env: {} }) };
  const starts = [bare, ...peers.filter((peer) => peer.program !== undefined && !peer.name.endsWith("-ws"))];
  for (let repetition = 0; repetition < results.repetitions * 2; repetition++) {
    for (const peer of rotated(starts, repetition)) {
      for (const flag of ["--version", "--help"]) {
        const argv = [...(peer.program ?? []), ...(peer === bare ? ["-e", "0"] : [flag])];
        const env = bench.environment(bench.homeOf(peer));
        const { wallMs, exit } = await measureCommand(argv, { cwd: bench.repository, env });
        results.starts.push({ peer: peer.name, flag, repetition, wallMs, exit });
      }
    }
  }
};

const measureScenarios = async (
  bench: Bench,
  peers: readonly Peer[],
  results: Results,
  save: () => void,
): Promise<void> => {
  const scenarios = options.scenarios.split(",");
  for (let repetition = 0; repetition < results.repetitions; repetition++) {
    for (const scenario of scenarios) {
      const line: string[] = [];
      for (const peer of rotated(peers, repetition)) {
        if (peer.noRetries === true && ["drop", "429"].includes(scenario)) continue;
        const run = await measureRun(bench, peer, scenario, repetition);
        results.runs.push(run);
        line.push(`${peer.name} ${run.wallMs.toFixed(0)}${run.ok ? "" : " NOT OK"}`);
        if (!run.ok) say(`${scenario} ${peer.name}: exit ${run.exit}: ${JSON.stringify(run.tail)}`);
      }
      results.load.push(loadavg()[0] ?? 0);
      save();
      say(`repetition ${repetition} ${scenario}: ${line.join(", ")}`);
    }
  }
};

/** Our own mechanisms, each in a fresh process. What fails is shown as not measured. */
const measureOwn = (folder: string, results: Results): void => {
  const programs = { "snapshot-5000": "own/snapshot.ts", "resume-100000": "own/resume.ts" };
  for (let repetition = -1; repetition < results.repetitions; repetition++) {
    for (const [name, program] of Object.entries(programs)) {
      const argv = [...process.execArgv, join(import.meta.dirname, program), join(folder, "own")];
      const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
      if (status !== 0) say(`${name} NOT OK: ${stderr.trim()}`);
      // The first time makes what is measured.
      else if (repetition >= 0) results.own.push({ name, repetition, ms: Number(stdout) });
    }
  }
};

const main = async (): Promise<void> => {
  // Not /tmp: some sandboxes hide it, and codex refuses to keep its helper programs there.
  const folder = join("/var/tmp", `fettle-bench-${process.pid}`);
  const repository = join(folder, "repository");
  makeRepository(repository);
  const model = await startModel();
  const bench: Bench = {
    address: model.address,
    repository,
    homeOf: (peer) => {
      const home = join(folder, "home", peer.name);
      mkdirSync(home, { recursive: true });
      return home;
    },
    environment: environmentOf,
  };
  try {
    const known = allPeers({
      node: process.execPath,
      fettle: join(root, "dist/bin/fettle.mjs"),
      bin: resolve(options.bin),
    });
    const names = options.peers?.split(",") ?? known.map((peer) => peer.name);
    const unknown = names.filter((name) => !known.some((peer) => peer.name === name));
    if (unknown.length > 0)
      throw new Error(`not known: ${unknown.join(", ")}; there are: ${known.map((peer) => peer.name).join(", ")}`);
    const asked = known.filter((peer) => names.includes(peer.name));
    const peers = asked.filter(isInstalled);
    const results: Results = {
      date: new Date().toISOString(),
      node: process.version,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      load: [],
      repetitions: Number(options.reps),
      versions: {},
      missing: asked.filter((peer) => !peers.includes(peer)).map((peer) => peer.name),
      runs: [],
      starts: [],
      own: [],
    };
    const save = (): void => writeFileSync(options.out, `${JSON.stringify(results, null, 1)}\n`);
    for (const peer of peers) {
      if (peer.program !== undefined) results.versions[peer.name] = await askVersion(bench, peer);
      // Fills caches and HOME; not measured.
      const { ok, tail } = await measureRun(bench, peer, "tools-2", 0);
      say(`warm-up ${peer.name}: ${ok ? "ok" : `NOT OK ${tail}`}`);
    }
    await measureStarts(bench, peers, results);
    measureOwn(folder, results);
    await measureScenarios(bench, peers, results, save);
    save();
    writeFileSync(options.report, renderReport(results));
    say(`written ${options.out} and ${options.report}`);
  } finally {
    model.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

isolate();
await main();
