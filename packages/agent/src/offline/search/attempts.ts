import path from "node:path";
import { runCommand } from "./command/run.ts";
import { type InProcessBaseline, isStillFailing, tryInProcess, type Verdict } from "./in-process.ts";
import type { SearchRun } from "./search-run.ts";

/** How candidates are tried. */
export type Attempt = {
  /** The cheap look at one changed file; `patience` multiplies its time-out. */
  readonly look: (file: string, text: string, patience: number) => Promise<Verdict>;
  /** The real command in the private copy; absent when the look was that already. */
  readonly prove?: (file: string, text: string) => Promise<boolean>;
  /** Puts right what candidates did to the private copy; absent where every look does. */
  readonly mend?: (now: boolean) => FileState;
  /** How long a proof takes, for what must be kept of the time. */
  readonly proofMs: number;
  /** Tests that pass when all do; 0 when unknown. */
  readonly passes: number;
};

/** What is known of the copy's files: `damaged` are those that are in order only now, `unknown` those not looked at. */
export type FileState = "clean" | "damaged" | "unknown";

/** Candidates between two looks at whether earlier ones left something behind in the worker. */
const CHECK_EVERY = 200;

/** In the worker first; what passes there is proven by the real command. `own` is what the tests themselves alter. */
export function createWorkerAttempt(
  run: SearchRun,
  worker: InProcessBaseline,
  durationMs: number,
  own: ReadonlySet<string>,
): Attempt {
  let sinceCheck = 0;
  const keeper = createKeeper(run.copy, own);
  return {
    async look(file, text, patience) {
      if (++sinceCheck >= CHECK_EVERY) {
        sinceCheck = 0;
        if (!(await isStillFailing(worker))) worker.client.close();
      }
      return tryInProcess({ ...worker, timeoutMs: worker.timeoutMs * patience }, file, text);
    },
    prove: async (file, text) => {
      const proven = await passesInCopy(run, file, text, Math.max(5000, durationMs * 4), own);
      if (!proven) worker.client.close();
      return proven;
    },
    mend(now) {
      const found = keeper(now);
      /* What damaged the files may have damaged the process too; its working folder may be gone. */
      if (found === "damaged") worker.client.close();
      return found;
    },
    proofMs: durationMs,
    passes: worker.passing + worker.failing.length,
  };
}

/** The real command for every candidate. */
export function createProcessAttempt(run: SearchRun, durationMs: number, own: ReadonlySet<string>): Attempt {
  const timeoutMs = Math.min(60_000, Math.max(2000, durationMs * 3));
  const look = async (file: string, text: string): Promise<Verdict> =>
    (await passesInCopy(run, file, text, timeoutMs, own)) ? "passes" : "fails";
  return { look, proofMs: 0, passes: 0 };
}

/**
 * Whether the real command passes with a changed file in a clean copy. Not when it then alters or removes files that it
 * left alone before: once applied, the edit would do that to the user's.
 */
async function passesInCopy(
  run: SearchRun,
  file: string,
  text: string,
  timeoutMs: number,
  own: ReadonlySet<string>,
): Promise<boolean> {
  const { copy, host, test } = run;
  copy.restore();
  copy.change(file, text);
  const { code } = await runCommand(test.command, copy.root, timeoutMs, {}, host.signal);
  const harmed = copy.restore().altered.find((name) => !own.has(name));
  if (code !== 0 || host.signal.aborted) return false;
  if (harmed === undefined) return true;
  host.say(`left out an edit in ${path.relative(copy.root, file)} that passes: with it the tests alter ${harmed}`);
  return false;
}

/** Looks at the copy after every candidate where that is cheap, else so often that it takes this share of the time. */
const KEEPER_SHARE = 0.08;
const CHEAP_MS = 0.3;

/** Restores a copy from time to time; tells whether there was more to restore than what the tests themselves alter. */
function createKeeper(copy: SearchRun["copy"], own: ReadonlySet<string>): (now: boolean) => FileState {
  const ownFolders = new Set([...own].map((name) => path.dirname(name)));
  let costMs = 0;
  let lastMs = performance.now();
  return (now) => {
    const started = performance.now();
    if (!now && costMs > CHEAP_MS && started - lastMs < costMs / KEEPER_SHARE) return "unknown";
    const { created, altered } = copy.restore();
    lastMs = performance.now();
    costMs = lastMs - started;
    /* Names of files that tests create may differ each time. */
    const isDamaged =
      altered.some((name) => !own.has(name)) || created.some((name) => !ownFolders.has(path.dirname(name)));
    return isDamaged ? "damaged" : "clean";
  };
}
