import { sweepJournals } from "../../src/sandbox/journal.ts";

/** Removes again and again what processes that ended have left in this state folder. */
export const sweepManyTimes = (stateDir: string): void => {
  for (let count = 0; count < 1000; count += 1) sweepJournals(stateDir);
};

if (import.meta.main) sweepManyTimes(process.argv[2] ?? "");
