import * as z from "zod/mini";

/* [agents]: limits, and roles as tables of their names. The names of the limits are those of Codex where it has them. */

const roleSchema = z.strictObject({
  /** What the model reads when it chooses a role. */
  description: z.optional(z.string().check(z.minLength(1), z.maxLength(1000))),
  /** What a helper in this role is told beside what every thread is told. */
  instructions: z.optional(z.string().check(z.minLength(1))),
  model: z.optional(z.string().check(z.minLength(1))),
  effort: z.optional(z.enum(["minimal", "low", "medium", "high", "xhigh", "max", "ultra", "persistent"])),
  read_only: z.optional(z.boolean()),
  /** Of other programs; without effect. */
  config_file: z.optional(z.string()),
  nickname_candidates: z.optional(z.array(z.string())),
});

const count = z.optional(z.number().check(z.int(), z.nonnegative(), z.maximum(1000)));

export const agentsSchema = z.catchall(
  z.object({
    /** Helpers at once; 0: none at all. */
    max_threads: count,
    /** 1: helpers have none of their own. */
    max_depth: count,
    /** Helpers of one thread in all. */
    max_total: count,
    /** Of the thread's budget, what one helper may use. */
    budget_share: z.optional(z.number().check(z.positive(), z.maximum(1))),
    /** Of another program; without effect. */
    job_max_runtime_seconds: z.optional(z.number()),
  }),
  roleSchema,
);
export type AgentsConfig = z.infer<typeof agentsSchema>;
