import { runCommand } from "./command/run.ts";
import { type InProcessBaseline, isStillFailing, tryInProcess, type Verdict } from "./in-process.ts";
import { applyChange } from "./patch.ts";
import type { RankedEdit } from "./ranking.ts";
import type { SearchRun } from "./search-run.ts";
import type { SearchState } from "./state.ts";
import { byPreference, changedText, type Survivor } from "./survivors.ts";

/** How candidates are tried. */
type Attempt = {
  /** The cheap look at one changed file; `patience` multiplies its time-out. */
  readonly look: (file: string, text: string, patience: number) => Promise<Verdict>;
  /** The real command in the private copy; absent when the look was that already. */
  readonly prove?: (file: string, text: string) => Promise<boolean>;
  /** How long a proof takes, for what must be kept of the time. */
  readonly proofMs: number;
  /** Tests that pass when all do; 0 when unknown. */
  readonly passes: number;
};

/** Candidates between two looks at whether earlier ones left something behind in the worker. */
const CHECK_EVERY = 200;

/** In the worker first; what passes there is proven by the real command. */
export function createWorkerAttempt(run: SearchRun, worker: InProcessBaseline, durationMs: number): Attempt {
  let sinceCheck = 0;
  return {
    async look(file, text, patience) {
      if (++sinceCheck >= CHECK_EVERY) {
        sinceCheck = 0;
        if (!(await isStillFailing(worker))) worker.client.close();
      }
      return tryInProcess({ ...worker, timeoutMs: worker.timeoutMs * patience }, file, text);
    },
    prove: async (file, text) => {
      const proven = await passesInCopy(run, file, text, Math.max(5000, durationMs * 4));
      if (!proven) worker.client.close();
      return proven;
    },
    proofMs: durationMs,
    passes: worker.passing + worker.failing.length,
  };
}

/** The real command for every candidate. */
export function createProcessAttempt(run: SearchRun, durationMs: number): Attempt {
  const timeoutMs = Math.min(60_000, Math.max(2000, durationMs * 3));
  const look = async (file: string, text: string): Promise<Verdict> =>
    (await passesInCopy(run, file, text, timeoutMs)) ? "passes" : "fails";
  return { look, proofMs: 0, passes: 0 };
}

async function passesInCopy(run: SearchRun, file: string, text: string, timeoutMs: number): Promise<boolean> {
  const copy = run.copy();
  copy.change(file, text);
  const { code } = await runCommand(run.test.command, copy.root, timeoutMs, {}, run.host.signal);
  return code === 0 && !run.host.signal.aborted;
}

/** Share of the whole time that is spent on alternatives once something passes. */
const EXTRA_SHARE = 0.25;
const ENOUGH = 12;
const REPORTED = 4;
const PER_LINE = 3;
/** Candidates of a line that hung; the others of that line then wait until the end. */
const HANGS_PER_LINE = 4;
/** A slow machine makes candidates look as if they hung: those get this much more time, once all others were tried. */
const PATIENCE = 5;

/** Tries candidates in order; after the first that passes, a little longer for better ones and alternatives. */
export async function tryAll(
  run: SearchRun,
  edits: readonly RankedEdit[],
  texts: ReadonlyMap<string, string>,
  attempt: Attempt,
): Promise<void> {
  const { state, host } = run;
  const unproven: Survivor[] = [];
  const endMs = state.startedMs + state.options.seconds * 1000;
  const pace = createPace(run, endMs);
  const hangs = new Map<string, number>();
  const postponed: RankedEdit[] = [];
  const queue = function* () {
    for (const edit of edits) yield { edit, isLate: false };
    for (const edit of postponed) yield { edit, isLate: true };
  };
  for (const { edit, isLate } of queue()) {
    const reserveMs = unproven.length === 0 ? 0 : Math.min(REPORTED, unproven.length) * attempt.proofMs;
    if (host.signal.aborted || performance.now() > pace.endMs() - reserveMs) break;
    const text = texts.get(edit.file);
    const place = `${edit.file}:${edit.line}`;
    if (text === undefined || onLine([...state.survivors, ...unproven], edit) >= PER_LINE) continue;
    if (!isLate && (hangs.get(place) ?? 0) >= HANGS_PER_LINE) {
      postponed.push(edit);
      continue;
    }
    const verdict = await attempt.look(edit.file, applyChange(text, edit), isLate ? PATIENCE : 1);
    if (verdict === "hangs") hangs.set(place, (hangs.get(place) ?? 0) + 1);
    if (verdict === "hangs" && !isLate) {
      postponed.push(edit);
      pace.say();
      continue;
    }
    state.tried++;
    if (verdict === "passes") {
      const survivor = { edit, text, passes: attempt.passes };
      if (state.survivors.length > 0 && attempt.prove !== undefined) unproven.push(survivor);
      else if (await isProven(attempt, survivor)) state.survivors.push(survivor);
      if (state.survivors.length > 0) pace.found();
    }
    pace.say();
    if (state.survivors.length + unproven.length >= ENOUGH) break;
  }
  await proveBest(state, unproven, attempt, () => host.signal.aborted || performance.now() > endMs);
}

function onLine(survivors: readonly Survivor[], edit: RankedEdit): number {
  return survivors.filter((survivor) => survivor.edit.file === edit.file && survivor.edit.line === edit.line).length;
}

async function isProven(attempt: Attempt, survivor: Survivor): Promise<boolean> {
  return attempt.prove === undefined || attempt.prove(survivor.edit.file, changedText(survivor));
}

/** Proves as many as are reported, the preferred ones first. */
async function proveBest(
  state: SearchState,
  unproven: readonly Survivor[],
  attempt: Attempt,
  over: () => boolean,
): Promise<void> {
  const wanted = byPreference([...state.survivors, ...unproven]);
  const proven = new Set(state.survivors);
  let good = 0;
  for (const survivor of wanted) {
    if (good >= REPORTED || over()) return;
    if (proven.has(survivor)) good++;
    else if (await isProven(attempt, survivor)) {
      state.survivors.push(survivor);
      good++;
    }
  }
}

/** When to stop, and when to say how far it is. */
function createPace({ state, host }: SearchRun, endMs: number) {
  let stopMs = endMs;
  let saidMs = performance.now();
  let saidCount = 0;
  return {
    endMs: () => stopMs,
    found() {
      if (stopMs === endMs) stopMs = Math.min(endMs, performance.now() + state.options.seconds * 1000 * EXTRA_SHARE);
    },
    say() {
      const now = performance.now();
      const count = state.survivors.length;
      if (now - saidMs < 1000 && count === saidCount) return;
      saidMs = now;
      saidCount = count;
      const passing = count === 0 ? "none passes yet" : `${count} ${count === 1 ? "passes" : "pass"} all tests`;
      const [tried, total] = [state.tried, state.total].map((number) => number.toLocaleString("en"));
      host.say(`tried ${tried} of ${total} candidates; ${passing}`);
    },
  };
}
