import { get } from "node:http";
import type { RequestRecord } from "../model/request-log.ts";
import { finalWords, scenarioNamed } from "../model/scenarios.ts";
import type { Peer, RunPlace } from "../peers.ts";
import type { RunResult } from "../results.ts";
import { type Measured, measureCommand } from "./run-command.ts";
import { median, quantile } from "./statistics.ts";

const fetchLog = (url: string): Promise<RequestRecord[]> =>
  new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve(JSON.parse(text) as RequestRecord[]));
      response.on("error", reject);
    }).on("error", reject);
  });

/** The wait after a scenario's fault, beyond what the server asked for. */
const retryOf = (scenario: string, main: readonly RequestRecord[]): number | undefined => {
  const { fault } = scenarioNamed(scenario);
  const [failed, next] = main;
  if (fault === undefined || failed?.doneAt === undefined || next === undefined) return undefined;
  return next.headAt - failed.doneAt - (fault.kind === "refuse" ? fault.retryAfterS * 1000 : 0);
};

const summarise = (
  run: Measured,
  scenario: string,
  log: readonly RequestRecord[],
): Omit<RunResult, "peer" | "repetition"> => {
  const main = log.filter((request) => request.kind === "main");
  const [first] = main;
  const later = main.slice(1);
  const turns = later.map((request) => request.turnMs);
  const tenth = Math.max(1, Math.floor(turns.length / 10));
  const ok = run.exit === 0 && run.output.includes(finalWords) && main.every((request) => request.resultOk !== false);
  const hasTurns = scenarioNamed(scenario).step(0).kind === "call";
  return {
    scenario,
    ok,
    exit: run.exit,
    wallMs: run.wallMs,
    cpuMs: run.cpuMs,
    peakMemory: run.peakMemory,
    firstRequestMs: first && first.headAt - run.startedAt,
    turn50Ms: hasTurns ? median(turns) : undefined,
    turn95Ms: hasTurns ? quantile(turns, 0.95) : undefined,
    // The very first turn warms everything up and belongs to neither end.
    earlyTurnMs: hasTurns ? median(turns.slice(1, 1 + tenth)) : undefined,
    lateTurnMs: hasTurns ? median(turns.slice(-tenth)) : undefined,
    requests: main.length,
    sideRequests: log.filter((request) => request.kind === "side").length,
    extensions: later.filter((request) => request.extendsLast === true).length,
    extensible: later.length,
    firstTokens: first?.tokens,
    resultCharacters: Math.max(0, ...main.map((request) => request.resultCharacters ?? 0)),
    retryMs: retryOf(scenario, main),
    leftOver: run.leftOver,
    ...(!ok && { tail: run.output.slice(-800) }),
  };
};

export type Bench = {
  /** The scripted model's address. */
  readonly address: string;
  readonly repository: string;
  homeOf(peer: Peer): string;
  /** The environment that every program gets, before its own variables. */
  environment(home: string): Record<string, string>;
};

let serial = 0;

/** Lets one program do one scenario, and measures it from outside and from the model's side. */
export const measureRun = async (
  bench: Bench,
  peer: Peer,
  scenario: string,
  repetition: number,
): Promise<RunResult> => {
  const id = `${peer.name}-${++serial}`;
  const home = bench.homeOf(peer);
  const place: RunPlace = {
    home,
    repository: bench.repository,
    url: `${bench.address}/run/${scenario}/${id}`,
    prompt: "Do what the script says.",
  };
  const { argv, env } = peer.start(place);
  const run = await measureCommand(argv, {
    cwd: bench.repository,
    env: { ...bench.environment(home), ...env },
    timeoutMs: 120_000,
  });
  return { peer: peer.name, repetition, ...summarise(run, scenario, await fetchLog(`${bench.address}/log/${id}`)) };
};
