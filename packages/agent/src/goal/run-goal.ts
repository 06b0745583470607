import type { EventOf, GoalStatus } from "@fettle/protocol";
import type { AgentThread, GoalTurn, TurnResult } from "../thread-setup.ts";
import type { NotedQuestion } from "../tools/ask-person.ts";
import { type GoalClock, startClock } from "./clock.ts";
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
  /** A person's words for the model; may be empty. They answer the questions that wait in the plan. */
  readonly words: string;
};

/** A goal while it is worked on. */
type Work = {
  readonly plan: PlanFile;
  readonly limits: GoalLimits;
  readonly clock: GoalClock;
  readonly stall: ReturnType<typeof createStallCount>;
  turns: number;
  stands: readonly StepStand[];
  /** Keys of boxes that were ticked for the model's word. */
  readonly ticked: Set<string>;
  /** Boxes that a person has unticked since, by their steps' words. */
  takenBack: readonly string[];
  /** Whether boxes were set or unset after the turn before. */
  wrote: boolean;
  /** The steps by the numbers that the model was told. */
  numbered: readonly PlanStep[];
  problem: string | null;
  stopped: boolean;
};

/** The plan is a person's and may become unusable at any time; that ends the goal, not the turn. */
const withPlan = <T>(work: Work, use: () => T, otherwise: T): T => {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    work.problem = error.message;
    return otherwise;
  }
};

const standOf = (work: Work, status: GoalStatus, stands: readonly StepStand[]): EventOf<"goal.updated"> => ({
  type: "goal.updated",
  plan: work.plan.path,
  status,
  turns: work.turns,
  elapsed_ms: Math.round(work.clock.elapsed()),
  stalled: work.stall.stalled,
  ...(work.limits.maxTurns === null ? {} : { max_turns: work.limits.maxTurns }),
  ...(work.limits.maxMs === null ? {} : { max_ms: work.limits.maxMs }),
  steps: stands.map(({ step, standing }) => ({ text: step.text, standing })),
});

/** Judges the steps after a turn and writes that into the plan. */
const settle = (work: Work, result: TurnResult): void => {
  const { plan, ticked } = work;
  const { steps } = plan.read();
  const claimed = claimsIn(steps, result.plan);
  const takenBack = steps.filter((step) => !step.done && ticked.delete(step.key));
  // The model repeats its whole list: what a person has just unticked needs another word of it.
  for (const { key } of takenBack) claimed.delete(key);
  const stands = standingsOf(steps, { verified: result.verified, claimed });
  const done = new Map<string, boolean>();
  for (const stand of stands) {
    const box = boxOf(stand);
    if (box !== null && box !== stand.step.done) done.set(stand.step.key, box);
    if (stand.standing === "claimed" && !stand.step.done) ticked.add(stand.step.key);
  }
  if (done.size > 0) plan.change({ done, questions: new Map(), answer: null });
  work.wrote = done.size > 0;
  work.stands = stands;
  work.takenBack = takenBack.map(({ text }) => text);
};

const statusNow = ({ stands, limits, turns, clock, stall }: Work): GoalStatus => {
  if (stands.every(isSettled)) return "done";
  if (stands.every((stand) => isSettled(stand) || stand.standing === "waiting")) return "questions";
  if ((limits.maxTurns !== null && turns >= limits.maxTurns) || clock.over() !== null) return "limit";
  return stall.stalled >= stopAfter ? "stalled" : "working";
};

/** What a turn came to, for all of the goal. */
const afterTurn = (work: Work, kind: GoalTurn["kind"], { end, ...result }: TurnResult): GoalStatus => {
  if (end.type === "failed") return end.failure.code === "budget" ? "limit" : "working";
  const { wrote } = work;
  withPlan(work, () => settle(work, { end, ...result }), undefined);
  const evidence = evidenceOf(work.stands);
  if (kind === "look") work.stall.baseline(evidence, result.tree);
  else work.stall.turn(evidence, result.tree, wrote);
  return work.problem === null ? statusNow(work) : "working";
};

const turnOf = (work: Work, kind: GoalTurn["kind"]): GoalTurn => ({
  kind,
  stand: standOf(work, "working", []),
  commands: () =>
    withPlan(work, () => work.plan.read().steps.flatMap(({ verify }) => (verify === null ? [] : [verify])), []),
  timeLeft: work.clock.left,
});

const runWork = async (work: Work, thread: AgentThread, words: string): Promise<GoalEnd> => {
  const { plan } = work;
  // Killed before its first turn, the model has not seen the plan yet.
  const resumed = work.turns > 0;
  const ask = (text: string, kind: GoalTurn["kind"]): Promise<TurnResult> =>
    thread.run({ text, images: [], checks: [], goal: turnOf(work, kind) });
  let kind: GoalTurn["kind"] = "look";
  let result = await ask("", kind);
  for (;;) {
    const before = work.stands;
    const status = afterTurn(work, kind, result);
    thread.record(standOf(work, status, work.stands));
    if (status !== "working" || result.end.type === "failed" || work.problem !== null || work.stopped)
      return { status, result, problem: work.problem };
    const { stands, takenBack, stall } = work;
    const text =
      kind === "look"
        ? firstWords({
            planPath: plan.path,
            planText: withPlan(work, () => plan.read().text, ""),
            stands,
            words,
            resumed,
          })
        : furtherWords({ stands, before, takenBack, stalled: stall.stalled });
    kind = kind === "look" ? "first" : "further";
    work.turns += 1;
    work.numbered = stands.map(({ step }) => step);
    result = await ask(text, kind);
  }
};

const takeQuestion = (work: Work, { step, question }: NotedQuestion): string => {
  const asked = work.numbered[step - 1];
  if (asked === undefined) return `There is no step ${step}; the steps are 1 to ${work.numbered.length}.`;
  const write = (): boolean => {
    work.plan.change({ done: new Map(), questions: new Map([[asked.key, question]]), answer: null });
    return true;
  };
  return withPlan(work, write, false)
    ? `Noted below step ${step} in the plan. Leave that step and go on with the others.`
    : "The question could not be written into the plan. Say it in your last message.";
};

/** Prepares work on a plan. Throws `PlanError` where a person's answer cannot be written into it. */
export const createGoal = ({ plan, limits, before, words }: GoalOptions): Goal => {
  const { steps } = plan.read();
  const isAnswer = words !== "" && steps.some(isWaiting);
  if (isAnswer) plan.change({ done: new Map(), questions: new Map(), answer: words });
  const clock = startClock(before?.elapsedMs ?? 0, limits.maxMs);
  const work: Work = {
    ...{ plan, limits, clock, stall: createStallCount(before?.stalled ?? 0), turns: before?.turns ?? 0 },
    stands: standingsOf(steps, { verified: new Map(), claimed: new Set() }),
    ...{ ticked: new Set(), takenBack: [], wrote: false, numbered: [], problem: null, stopped: false },
  };
  return {
    run: (thread) => runWork(work, thread, isAnswer ? "" : words),
    askPerson: (asked) => takeQuestion(work, asked),
    overTime: clock.over,
    interrupt() {
      work.stopped = true;
    },
  };
};
