import { createHash } from "node:crypto";
import type { GoalStanding, TodoListItem } from "@fettle/protocol";
import type { CheckRun } from "../checks.ts";
import { isWaiting, type PlanStep } from "./plan-text.ts";

/** A step with what was seen of it after a turn. */
export type StepStand = {
  readonly step: PlanStep;
  readonly standing: GoalStanding;
  /** Its command's last run, when there was one. */
  readonly run: CheckRun | null;
};

/** A turn's outcome as far as steps depend on it. */
export type Seen = {
  readonly verified: ReadonlyMap<string, CheckRun>;
  /** Keys of steps without a command that the model says are done. */
  readonly claimed: ReadonlySet<string>;
};

/** What the box and the turn say of each step. A command's outcome counts more than any box or word. Pure. */
export const standingsOf = (steps: readonly PlanStep[], seen: Seen): StepStand[] =>
  steps.map((step): StepStand => {
    const run = step.verify === null ? null : (seen.verified.get(step.verify) ?? null);
    if (run?.passed) return { step, standing: "verified", run };
    if (step.verify === null && (step.done || seen.claimed.has(step.key))) return { step, standing: "claimed", run };
    if (isWaiting(step)) return { step, standing: "waiting", run };
    return { step, standing: run === null ? "open" : "failed", run };
  });

/** The box that belongs to a standing; null where nothing was seen that could say so. */
export const boxOf = ({ standing, run, step }: StepStand): boolean | null => {
  if (standing === "verified" || standing === "claimed") return true;
  return step.verify !== null && run === null ? null : false;
};

export const isSettled = ({ standing }: StepStand): boolean => standing === "verified" || standing === "claimed";

/** Words as the model may repeat them: without Markdown, numbering and a last full stop. */
const plain = (text: string): string =>
  text
    .replace(/[`*_]/g, "")
    .replace(/^\s*\d{1,3}[.)]\s+/, "")
    .replace(/\s+/g, " ")
    .replace(/[.\s]+$/, "")
    .trim()
    .toLowerCase();

/** Steps without a command that the model's list shows as completed. Pure. */
export const claimsIn = (steps: readonly PlanStep[], plan: TodoListItem | null): Set<string> => {
  const said = new Set(plan?.items.filter(({ completed }) => completed).map(({ text }) => plain(text)));
  return new Set(steps.filter(({ verify, text }) => verify === null && said.has(plain(text))).map(({ key }) => key));
};

/** What differs from run to run without meaning anything: times, addresses, hashes, temporary names. */
const steady = (output: string): string =>
  output
    .replace(/\u001b\[[\d;]*m/g, "")
    .replace(/\/tmp\/\S+/g, "TEMP")
    .replace(/\b\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, "TIME")
    .replace(/\b\d\d:\d\d:\d\d\b/g, "TIME")
    .replace(/\b(?:0x)?[0-9a-f]{7,64}\b/gi, "HEX")
    .replace(/\b\d+(?:\.\d+)?\s?(?:ns|µs|ms|s|sec|secs|seconds|m|min)\b/g, "TIME")
    .replace(/\b\d+\.\d+\b/g, "DECIMAL");

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Everything that a turn showed about the steps. What was never seen before is new evidence. Pure. */
export const evidenceOf = (stands: readonly StepStand[]): string[] =>
  stands.map(({ step, standing, run }) => {
    const how = run === null ? "" : `${run.item.exit_code} ${run.item.error} ${steady(run.item.aggregated_output)}`;
    return `${standing} ${digest(standing === "failed" || standing === "waiting" ? how : "")} ${step.key}`;
  });

/** How many turns without new evidence it takes to ask for another approach, and to stop. */
export const changeAfter = 3;
export const stopAfter = 6;

/** Counts turns that brought nothing new; those that at least changed files count half, for writing takes time too. */
export const createStallCount = (start: number) => {
  const seen = new Set<string>();
  const trees = new Set<string | null>();
  let stalled = start;
  const takeIn = (evidence: readonly string[], tree: string | null) => {
    const isNew = evidence.some((fact) => !seen.has(fact));
    const isNewTree = !trees.has(tree);
    for (const fact of evidence) seen.add(fact);
    trees.add(tree);
    return { isNew, isNewTree };
  };
  return {
    /** What was there before the work is no progress. */
    baseline: (evidence: readonly string[], tree: string | null): void => void takeIn(evidence, tree),
    /** `ownChange`: we wrote into the plan since the last turn, so that the tree is another one in any case. */
    turn(evidence: readonly string[], tree: string | null, ownChange: boolean): void {
      const { isNew, isNewTree } = takeIn(evidence, tree);
      stalled = isNew ? 0 : stalled + (isNewTree && !ownChange ? 0.5 : 1);
    },
    get stalled() {
      return stalled;
    },
  };
};
