import type { EventOf, GoalStatus } from "@fettle/protocol";
import type { AgentThread, GoalTurn, TurnResult } from "../agent-thread.ts";
import type { NotedQuestion } from "../tools/ask-person.ts";
import type { GoalLimits, UnfinishedGoal } from "./goal-state.ts";
import { PlanError, type PlanFile } from "./plan-file.ts";
import { isWaiting, type PlanStep } from "./plan-text.ts";
import {
  boxOf,
  claimsIn,
  createStallCount,
  evidenceOf,
  isSettled,
  type StepStand,
  standingsOf,
  stopAfter,
} from "./standings.ts";
import { firstWords, furtherWords } from "./words.ts";

/** A command of a plan that hangs must not hang the goal. */
const longestCommandMs = 60 * 60 * 1000;

export type GoalEnd = {
  /** `working`: the last turn failed or was interrupted, or the plan cannot be used any more; it can be resumed. */
  readonly status: GoalStatus;
  readonly result: TurnResult;
  /** Why the plan could not be used; null when it could. */
  readonly problem: string | null;
};

export type Goal = {
  /** Works until nothing is left, nothing helps any more, or a limit is reached. */
  run(thread: AgentThread): Promise<GoalEnd>;
  /** For the thread: writes the model's question into the plan. */
  askPerson(asked: NotedQuestion): string;
  /** The limit of time in words once it is reached; null before. */
  overTime(): string | null;
  /** No turn begins after this. */
  interrupt(): void;
};

export type GoalOptions = {
  readonly plan: PlanFile;
  readonly limits: GoalLimits;
  /** What the thread was at when it ended; null for a goal that it takes up now. */
  readonly before: UnfinishedGoal | null;
  /** A person's words for the model; may be empty. */
  readonly words: string;
};

/** What changes while a goal is worked on. */
type Progress = {
  turns: number;
  stands: readonly StepStand[];
  /** Keys of boxes that were ticked for the model's word. */
  readonly ticked: Set<string>;
  /** The steps by the numbers that the model was told. */
  numbered: readonly PlanStep[];
  problem: string | null;
};

const minutes = (ms: number): string => (ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);

/** Judges the steps after a turn and writes that into the plan. `takenBack`: boxes that a person unticked. */
const settle = (plan: PlanFile, progress: Progress, result: TurnResult): string[] => {
  const { steps } = plan.read();
  const claimed = claimsIn(steps, result.plan);
  const takenBack = steps.filter((step) => !step.done && progress.ticked.delete(step.key));
  // The model repeats its whole list: what a person has just unticked needs another word of it.
  for (const { key } of takenBack) claimed.delete(key);
  const stands = standingsOf(steps, { verified: result.verified, claimed });
  const done = new Map<string, boolean>();
  for (const stand of stands) {
    const box = boxOf(stand);
    if (box !== null && box !== stand.step.done) done.set(stand.step.key, box);
    if (stand.standing === "claimed" && !stand.step.done) progress.ticked.add(stand.step.key);
  }
  if (done.size > 0) plan.change({ done, questions: new Map(), answer: null });
  progress.stands = stands;
  return takenBack.map(({ text }) => text);
};

/** Prepares work on a plan. Throws `PlanError` where a person's answer cannot be written into it. */
export const createGoal = ({ plan, limits, before, words }: GoalOptions): Goal => {
  const startedAt = performance.now();
  const stall = createStallCount(before?.stalled ?? 0);
  const progress: Progress = { turns: before?.turns ?? 0, stands: [], ticked: new Set(), numbered: [], problem: null };
  let stopped = false;
  const answers = words !== "" && plan.read().steps.some(isWaiting);
  if (answers) plan.change({ done: new Map(), questions: new Map(), answer: words });

  const elapsed = (): number => (before?.elapsedMs ?? 0) + performance.now() - startedAt;
  const overTime = (): string | null =>
    limits.maxMs !== null && elapsed() >= limits.maxMs
      ? `this goal has taken ${minutes(elapsed())} of its ${minutes(limits.maxMs)}`
      : null;
  const standOf = (status: GoalStatus): EventOf<"goal.updated"> => ({
    type: "goal.updated",
    plan: plan.path,
    status,
    turns: progress.turns,
    elapsed_ms: Math.round(elapsed()),
    stalled: stall.stalled,
    ...(limits.maxTurns === null ? {} : { max_turns: limits.maxTurns }),
    ...(limits.maxMs === null ? {} : { max_ms: limits.maxMs }),
    steps: progress.stands.map(({ step, standing }) => ({ text: step.text, standing })),
  });
  /** The plan is a person's and may become unusable at any time; that ends the goal, not the turn. */
  const withPlan = <T>(use: () => T, otherwise: T): T => {
    try {
      return use();
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      progress.problem = error.message;
      return otherwise;
    }
  };
  const commands = (): string[] =>
    withPlan(() => plan.read().steps.flatMap(({ verify }) => (verify === null ? [] : [verify])), []);
  const timeLeft = (): number =>
    Math.max(1000, Math.min(longestCommandMs, (limits.maxMs ?? Number.POSITIVE_INFINITY) - elapsed()));
  const turn = (kind: GoalTurn["kind"]): GoalTurn => ({
    kind,
    stand: { ...standOf("working"), steps: [] },
    commands,
    timeLeft,
  });
  const noInput = { images: [], checks: [] };

  const statusNow = (): GoalStatus => {
    if (progress.stands.every(isSettled)) return "done";
    if (progress.stands.every((stand) => isSettled(stand) || stand.standing === "waiting")) return "questions";
    if (limits.maxTurns !== null && progress.turns >= limits.maxTurns) return "limit";
    if (overTime() !== null) return "limit";
    return stall.stalled >= stopAfter ? "stalled" : "working";
  };

  const run = async (thread: AgentThread): Promise<GoalEnd> => {
    progress.stands = standingsOf(plan.read().steps, { verified: new Map(), claimed: new Set() });
    let result = await thread.run({ ...noInput, text: "", goal: turn("look") });
    let takenBack: string[] = [];
    for (let kind: GoalTurn["kind"] = "look"; ; kind = kind === "look" ? "first" : "further") {
      const previous = progress.stands;
      const failed = result.end.type === "failed";
      if (!failed) takenBack = withPlan(() => settle(plan, progress, result), []);
      const evidence = evidenceOf(progress.stands);
      if (kind === "look") stall.baseline(evidence, result.tree);
      else if (!failed) stall.turn(evidence, result.tree);
      const overBudget = result.end.type === "failed" && result.end.failure.code === "budget";
      const status = overBudget ? "limit" : failed || progress.problem !== null ? "working" : statusNow();
      thread.record(standOf(status));
      if (status !== "working" || failed || stopped || progress.problem !== null)
        return { status, result, problem: progress.problem };
      progress.turns += 1;
      progress.numbered = progress.stands.map(({ step }) => step);
      const text =
        kind === "look"
          ? withPlan(() => beginning(plan, progress, { words: answers ? "" : words, resumed: before !== null }), "")
          : furtherWords({ stands: progress.stands, before: previous, takenBack, stalled: stall.stalled });
      result = await thread.run({ ...noInput, text, goal: turn(kind === "look" ? "first" : "further") });
    }
  };

  const askPerson = ({ step, question }: NotedQuestion): string => {
    const asked = progress.numbered[step - 1];
    if (asked === undefined) return `There is no step ${step}; the steps are 1 to ${progress.numbered.length}.`;
    const written = withPlan(() => {
      plan.change({ done: new Map(), questions: new Map([[asked.key, question]]), answer: null });
      return true;
    }, false);
    return written
      ? `Noted below step ${step} in the plan. Leave that step and go on with the others.`
      : "The question could not be written into the plan. Say it in your last message.";
  };

  const interrupt = (): void => {
    stopped = true;
  };
  return { run, askPerson, overTime, interrupt };
};

const beginning = (
  plan: PlanFile,
  progress: Progress,
  given: { readonly words: string; readonly resumed: boolean },
): string => firstWords({ planPath: plan.path, planText: plan.read().text, stands: progress.stands, ...given });
