import type { Effort } from "../model.ts";

/* Our one scale of effort in the words and numbers of models that have others. */

const scale: readonly Effort[] = ["minimal", "low", "medium", "high", "xhigh", "max", "ultra", "persistent"];

/** The highest offered effort that is not above the wanted one, so that nothing costs more than was asked for; else the lowest. */
export const offeredEffort = (wanted: Effort, offered: readonly Effort[]): Effort | undefined =>
  offered.findLast((effort) => scale.indexOf(effort) <= scale.indexOf(wanted)) ?? offered[0];

const budgets: Partial<Record<Effort, number>> = { minimal: 1024, low: 2048, medium: 8192, high: 24_576 };
const largestBudget = 32_768;

/** Tokens to think with; never under 1024, which is the least that every service takes. */
export const budgetOf = (wanted: Effort, most: number): number =>
  Math.max(1024, Math.min(budgets[wanted] ?? largestBudget, most));
