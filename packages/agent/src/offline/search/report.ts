import * as z from "zod/mini";

/** One edit that passed. */
export const candidate = z.object({
  /** Relative to the root. */
  file: z.string(),
  /** In the `*** Begin Patch` form, ready for `apply_patch`. */
  patch: z.string(),
  /** The changed source text, whole lines without the indentation they share. */
  before: z.string(),
  after: z.string(),
  /** 1-based. */
  line: z.int(),
  /** The mutator's or template's name. */
  kind: z.string(),
  /** How many tests were seen to pass with it; 0 when the command does not say. */
  passes: z.int(),
  tier: z.enum(["likely", "plausible", "doubtful"]),
  /** Short words: what it does. */
  why: z.string(),
});
export type Candidate = z.infer<typeof candidate>;

const failingTest = z.object({
  file: z.optional(z.string()),
  name: z.optional(z.string()),
  message: z.string(),
  /** `file:line` in the project, relative to the root. */
  location: z.optional(z.string()),
});

/** The last line that the search prints. */
export const searchReport = z.object({
  fettle_search: z.literal(1),
  status: z.enum(["found", "not_found", "no_failure", "unsupported", "error"]),
  test: z.object({
    command: z.string(),
    failing: z.array(failingTest),
    runner: z.enum(["node:test", "mocha", "jest", "vitest", "ava", "tap", "tape", "script", "command"]),
  }),
  /** Candidates evaluated, and candidates there were. */
  tried: z.int(),
  total: z.int(),
  elapsedMs: z.number(),
  engine: z.enum(["in-process", "process"]),
  winner: z.optional(candidate),
  alternatives: z.array(candidate),
  suspicious: z.array(z.object({ file: z.string(), line: z.int(), score: z.number() })),
  /** Why there is no winner, in one line. */
  reason: z.optional(z.string()),
});
export type SearchReport = z.infer<typeof searchReport>;
