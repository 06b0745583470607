import path from "node:path";
import type { ResolvedTest } from "./command/resolve.ts";
import type { SearchOptions } from "./options.ts";
import type { SuspiciousLine } from "./ranking.ts";
import type { SearchReport } from "./report.ts";
import { chooseWinner, describeSurvivor, type Survivor } from "./survivors.ts";

/** What a running search knows; a report can be made of it at any moment. */
export type SearchState = {
  readonly options: SearchOptions;
  readonly startedMs: number;
  test?: ResolvedTest;
  /** Where the search's files lie: the private copy once there is one. */
  root: string;
  failing: SearchReport["test"]["failing"];
  tried: number;
  total: number;
  engine: SearchReport["engine"];
  survivors: Survivor[];
  lines: readonly SuspiciousLine[];
  /** Set once the search ends for another reason than its time. */
  end?: { readonly status: "no_failure" | "unsupported" | "error"; readonly reason: string };
  interrupted: boolean;
};

export function createState(options: SearchOptions): SearchState {
  const empty = { failing: [], tried: 0, total: 0, engine: "process" as const, survivors: [], lines: [] };
  return { options, startedMs: performance.now(), root: options.root, ...empty, interrupted: false };
}

/** The report of a search that ends now. Pure but for the clock. */
export function reportOf(state: SearchState): SearchReport {
  const { root } = state;
  const { winner, alternatives } = chooseWinner(state.survivors);
  const reason = reasonOf(state, winner !== undefined);
  return {
    fettle_search: 1,
    status: state.end?.status ?? (winner === undefined ? "not_found" : "found"),
    test: { command: state.options.test, failing: state.failing, runner: state.test?.runner ?? "command" },
    tried: state.tried,
    total: state.total,
    elapsedMs: Math.round(performance.now() - state.startedMs),
    engine: state.engine,
    ...(winner === undefined ? {} : { winner: describeSurvivor(winner, root) }),
    alternatives: alternatives.map((survivor) => describeSurvivor(survivor, root)),
    suspicious: state.lines.map((line) => ({
      ...line,
      file: path.relative(root, line.file),
      score: Number(line.score.toFixed(3)),
    })),
    ...(reason === undefined ? {} : { reason }),
  };
}

function reasonOf(state: SearchState, found: boolean): string | undefined {
  if (state.end !== undefined) return state.end.reason;
  if (found) return undefined;
  if (state.interrupted) return "interrupted";
  if (state.total === 0) return "no place was found that could be changed";
  return state.tried < state.total
    ? "the time was over before all candidates were tried"
    : "none of the candidates passes the tests";
}
