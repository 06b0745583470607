import {
  createGoal,
  type Goal,
  type GoalEnd,
  openPlan,
  PlanError,
  type UnfinishedGoal,
  unfinishedGoal,
} from "@fettle/agent";
import type { LoggedEvent } from "@fettle/protocol";
import { CommandError, UsageError } from "../usage-error.ts";
import type { ExecOptions } from "./exec-options.ts";

/** What a run is to work towards: a plan that was named now, or one that its thread has not finished. */
export type WantedGoal = { readonly path: string; readonly before: UnfinishedGoal | null };

/** Null for an ordinary turn. Throws a UsageError where options do not go together. */
export const goalWanted = (options: ExecOptions, events: readonly LoggedEvent[]): WantedGoal | null => {
  if (options.noGoal && options.goal !== null) throw new UsageError("--goal and --no-goal do not go together");
  const unfinished = options.noGoal ? null : unfinishedGoal(events);
  const path = options.goal ?? unfinished?.plan ?? null;
  if (path === null) {
    if (options.maxTurns !== undefined || options.maxTime !== undefined)
      throw new UsageError("--max-turns and --max-time go with a goal: fettle exec --goal PLAN.md");
    return null;
  }
  const { checks, images, outputSchema, printInput, compact } = options;
  if (checks.length > 0) throw new UsageError("with a goal, a check is a line of its plan: verify: COMMAND");
  if (images.length > 0 || outputSchema !== undefined || printInput || compact)
    throw new UsageError(
      "--image, --output-schema, --print-input and --compact do not go with a goal (resume: --no-goal)",
    );
  return { path, before: unfinished };
};

/** `remedy` completes the line; empty where the person has just named the file. */
const inWords = <T>(use: () => T, remedy: string): T => {
  try {
    return use();
  } catch (error) {
    if (error instanceof PlanError) throw new CommandError(`${error.message}${remedy}`, 2);
    throw error;
  }
};

/** A step that seems to have a command and has none would count as done for the model's word alone. */
const misreadNotes = (path: string, lines: readonly number[]): string[] =>
  lines.map(
    (line) =>
      `${path}:${line + 1}: not taken as a command, or not all of it; a step has one, below it on an indented line "verify: COMMAND" or at its end as (verify: \`COMMAND\`)`,
  );

/** A goal that is ready to be worked on. `notes` are lines for the person. */
export type OpenedGoal = { readonly goal: Goal; readonly planPath: string; readonly notes: readonly string[] };

/** Opens the plan and prepares the work; a CommandError when it cannot be used. */
export const openGoal = (
  wanted: WantedGoal,
  options: Pick<ExecOptions, "goal" | "maxTurns" | "maxTime">,
  words: string,
): OpenedGoal =>
  inWords(
    () => {
      const plan = openPlan(wanted.path);
      const notes = misreadNotes(plan.path, plan.read().misread);
      // Another plan than before is a new goal.
      const before = wanted.before?.plan === plan.path ? wanted.before : null;
      const limits = {
        maxTurns: options.maxTurns ?? before?.limits.maxTurns ?? null,
        maxMs: options.maxTime ?? before?.limits.maxMs ?? null,
      };
      return { goal: createGoal({ plan, limits, before, words }), planPath: plan.path, notes };
    },
    options.goal === null ? "; mend it, name another with --goal FILE, or go on without: --no-goal" : "",
  );

const codes = { done: 0, stalled: 3, limit: 4, questions: 5 } as const;

/** The exit code of an ended goal; null when it is that of its last turn. Throws when its plan became unusable. */
export const goalExitCode = ({ status, result, problem }: GoalEnd): number | null => {
  if (problem !== null && result.end.type === "completed") throw new CommandError(problem);
  return status === "working" ? null : codes[status];
};
