import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { betweenCompactions, compactionsOf } from "./cache/ledger.ts";
import { startSmallModel } from "./cache/model.ts";
import { cacheTable, type PeerRun, renderCacheReport } from "./cache/report.ts";
import { environmentOf } from "./environment.ts";
import { isolate } from "./isolate.ts";
import { finalWords } from "./model/scenarios.ts";
import { allPeers, type Peer, piService, type Start } from "./peers.ts";

/*
 * npm run bench:cache -- [--steps N] [--window N] [--bin FOLDER] [--report FILE]: what of their requests a prompt cache
 * could serve, for fettle (the built package, in dist/), codex and pi, over several compactions. Exits 1 when a request
 * of fettle between compactions does not extend the one before, or when a program did not do the work. Linux, as root.
 */

const root = resolve(import.meta.dirname, "..");
const { values: options } = parseArgs({
  options: {
    steps: { type: "string", default: "180" },
    window: { type: "string", default: "32000" },
    bin: { type: "string", default: join(root, "node_modules/.bin") },
    report: { type: "string", default: join(root, "bench/CACHE.md") },
  },
});
const steps = Number(options.steps);
const window = Number(options.window);
const longest = 300_000;

const words = `Work through all steps of the list, one command each. Never write to generated/, and end with "copper lantern".`;

type Ended = { readonly exit: number | string; readonly finished: boolean; readonly tail: string };

/** Runs a program to its end. One that reads from standard input has that closed when it printed the last words. */
const runToEnd = ({ argv, env, input }: Start, cwd: string, surroundings: Record<string, string>): Promise<Ended> =>
  new Promise((resolve) => {
    const [file = "", ...args] = argv;
    const stdin = input === undefined ? "ignore" : "pipe";
    const child = spawn(file, args, { cwd, env: { ...surroundings, ...env }, stdio: [stdin, "pipe", "pipe"] });
    const killer = setTimeout(() => child.kill("SIGKILL"), longest);
    let tail = "";
    let finished = false;
    const hear = (chunk: Buffer): void => {
      tail = (tail + chunk.toString()).slice(-4000);
      if (finished || !tail.includes(finalWords)) return;
      finished = true;
      child.stdin?.end();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.stdin?.write(input ?? "");
    child.on("error", (error) => resolve({ exit: String(error), finished, tail }));
    child.on("close", (code, signal) => {
      clearTimeout(killer);
      resolve({ exit: code ?? signal ?? "unknown", finished, tail });
    });
  });

const runPeer = async (folder: string, peer: Peer): Promise<PeerRun> => {
  const home = join(folder, "home", peer.name);
  const repository = join(folder, peer.name);
  mkdirSync(home, { recursive: true });
  execFileSync("git", ["init", "--quiet", repository]);
  const surroundings = environmentOf(home);
  const [file = "", ...args] = peer.program ?? [];
  // pi prints it on standard error.
  const asked = spawnSync(file, [...args, "--version"], { cwd: repository, env: surroundings, encoding: "utf8" });
  const model = await startSmallModel(steps, window, words);
  const start = peer.start({ home, repository, url: model.url, prompt: words, window });
  const { exit, finished, tail } = await runToEnd(start, repository, surroundings);
  model.close();
  const { lines } = model.ledger;
  const failures = model.failures();
  if (exit !== 0 || !finished) failures.push(`it ended with ${exit}: ${JSON.stringify(tail.slice(-400))}`);
  if (compactionsOf(lines).length < 2) failures.push("it compacted less than twice");
  return { name: peer.name, version: `${asked.stdout}${asked.stderr}`.trim(), lines, failures };
};

const main = async (): Promise<void> => {
  // Not /tmp: some sandboxes hide it, and codex refuses to keep its helper programs there.
  const folder = join("/var/tmp", `fettle-cache-${process.pid}`);
  const bin = resolve(options.bin);
  const known = allPeers({ node: process.execPath, fettle: join(root, "dist/bin/fettle.mjs"), bin });
  const wanted = [...known.filter(({ name }) => ["fettle", "codex"].includes(name)), piService(join(bin, "pi"))];
  const runs: PeerRun[] = [];
  try {
    for (const peer of wanted) {
      if (peer.program?.every((part) => existsSync(part))) runs.push(await runPeer(folder, peer));
      else console.error(`${peer.name} is not installed: not measured`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(cacheTable(runs, steps));
  writeFileSync(
    options.report,
    renderCacheReport(runs, { date: new Date().toISOString().slice(0, 10), steps, window }),
  );
  const broken = runs.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`));
  const ours = runs.find(({ name }) => name === "fettle");
  if (ours === undefined) broken.push("fettle was not measured: npm run build makes it");
  else {
    const { requests, extensions } = betweenCompactions(ours.lines);
    if (extensions < requests) broken.push(`fettle: ${requests - extensions} requests do not extend the one before`);
  }
  for (const what of broken) console.log(`BROKEN ${what}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
};

isolate();
await main();
