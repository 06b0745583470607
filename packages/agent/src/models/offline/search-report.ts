import * as z from "zod/mini";

/*
 * What the search prints as its last line, as far as the model face reads it.
 */

const candidate = z.object({
  file: z.string(),
  patch: z.string(),
  before: z.string(),
  after: z.string(),
  line: z.number(),
  kind: z.string(),
  passes: z.number(),
  tier: z.enum(["likely", "plausible", "doubtful"]),
  why: z.string(),
});
export type Candidate = z.infer<typeof candidate>;

const searchReport = z.object({
  fettle_search: z.literal(1),
  status: z.enum(["found", "not_found", "no_failure", "unsupported", "error"]),
  test: z.object({
    command: z.string(),
    runner: z.string(),
    failing: z.array(
      z.object({
        file: z.optional(z.string()),
        name: z.optional(z.string()),
        message: z.string(),
        location: z.optional(z.string()),
      }),
    ),
  }),
  tried: z.number(),
  total: z.number(),
  elapsedMs: z.number(),
  engine: z.string(),
  winner: z.optional(candidate),
  alternatives: z.array(candidate),
  suspicious: z.array(z.object({ file: z.string(), line: z.number(), score: z.number() })),
  reason: z.optional(z.string()),
});
export type SearchReport = z.infer<typeof searchReport>;

/** Finds the report in what the search printed: its last line that can be read as one. Null when there is none. */
export const findReport = (output: string): SearchReport | null => {
  for (const line of output.split("\n").reverse()) {
    if (!line.startsWith('{"fettle_search"')) continue;
    try {
      const parsed = searchReport.safeParse(JSON.parse(line));
      if (parsed.success) return parsed.data;
    } catch {
      // A line that was cut: an earlier one may be whole.
    }
  }
  return null;
};
