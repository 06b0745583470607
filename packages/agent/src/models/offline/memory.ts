import type { Candidate, SearchReport } from "../../offline/search/report.ts";
import type { Surroundings } from "./look-around.ts";
import type { TestCommand } from "./test-command.ts";

/** What earlier turns and steps have shown. Rebuilt by each replay of the conversation, kept nowhere. */
export type Memory = {
  /** The repository as this turn found it. */
  surroundings: Surroundings | null;
  /** What the last question was about: "it". */
  subject: string | null;
  test: TestCommand | null;
  report: SearchReport | null;
  /** The search's edits in its order, the winner first. */
  candidates: Candidate[];
  /** Those that were applied at some time. */
  tried: Candidate[];
  /** The edit that stands in the files now, by our own doing. */
  applied: Candidate | null;
  /** How the tests went after it was applied. */
  testsPass: boolean | null;
  seed: number;
  seconds: number;
};

export const newMemory = (options: { seed: number; seconds: number }): Memory => ({
  surroundings: null,
  subject: null,
  test: null,
  report: null,
  candidates: [],
  tried: [],
  applied: null,
  testsPass: null,
  seed: options.seed,
  seconds: options.seconds,
});
