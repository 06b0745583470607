import type { Attempt } from "./attempts.ts";
import { applyChange } from "./patch.ts";
import type { RankedEdit } from "./ranking.ts";
import type { SearchRun } from "./search-run.ts";
import type { SearchState } from "./state.ts";
import { byPreference, changedText, type Survivor } from "./survivors.ts";

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
  const queue = createQueue(edits);
  for (const { edit, turn } of queue.items()) {
    const reserveMs = unproven.length === 0 ? 0 : Math.min(REPORTED, unproven.length) * attempt.proofMs;
    if (host.signal.aborted || performance.now() > pace.endMs() - reserveMs) break;
    const text = texts.get(edit.file);
    const place = `${edit.file}:${edit.line}`;
    if (text === undefined || onLine([...state.survivors, ...unproven], edit) >= PER_LINE) continue;
    const isLate = turn === "late";
    if (!isLate && (hangs.get(place) ?? 0) >= HANGS_PER_LINE) {
      queue.postpone(edit);
      continue;
    }
    const verdict = await attempt.look(edit.file, applyChange(text, edit), isLate ? PATIENCE : 1);
    const mended = attempt.mend?.(turn === "again") ?? "clean";
    state.tried += 1 - queue.judged(edit, turn, verdict === "fails", mended);
    if (verdict === "hangs") hangs.set(place, (hangs.get(place) ?? 0) + 1);
    if (verdict === "hangs" && !isLate) {
      state.tried--;
      queue.postpone(edit);
    }
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

type Turn = "first" | "again" | "late";

/** The order of candidates, with those that must be looked at another time. */
function createQueue(edits: readonly RankedEdit[]) {
  const postponed: RankedEdit[] = [];
  const again: RankedEdit[] = [];
  /** Failed since the project's files were last known to be in order. */
  let doubtful: RankedEdit[] = [];
  function* takeAgain(): Generator<{ edit: RankedEdit; turn: Turn }> {
    for (let edit = again.shift(); edit !== undefined; edit = again.shift()) yield { edit, turn: "again" };
  }
  return {
    *items(): Generator<{ edit: RankedEdit; turn: Turn }> {
      for (const edit of edits) {
        yield { edit, turn: "first" };
        yield* takeAgain();
      }
      for (const edit of postponed) {
        yield { edit, turn: "late" };
        yield* takeAgain();
      }
    },
    postpone: (edit: RankedEdit) => postponed.push(edit),
    /**
     * Takes note of a verdict. When damage has come to light, all that failed since the files were last in order are
     * tried once more, each in order ones; says how many.
     */
    judged(edit: RankedEdit, turn: Turn, failed: boolean, mended: "damaged" | "clean" | "unknown"): number {
      if (mended === "clean") doubtful = [];
      if (turn === "first" && failed && mended !== "clean") doubtful.push(edit);
      if (mended !== "damaged") return 0;
      /* A single one did it itself. */
      const wrong = doubtful.length > 1 ? doubtful : [];
      doubtful = [];
      again.push(...wrong);
      return wrong.length;
    },
  };
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
