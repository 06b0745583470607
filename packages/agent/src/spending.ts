import type { LoggedEvent, Usage } from "@fettle/protocol";
import { addUsage, noUsage } from "@fettle/protocol";
import { costOf, type Price } from "./models/prices.ts";

/** What model calls have cost, as a fold over the log. What was taken back was paid for all the same. */
export type Spending = {
  add(event: LoggedEvent): void;
  /** Since the last turn began. */
  turn(): Usage;
  /** All of the thread, by the model's id. */
  models(): ReadonlyMap<string, Usage>;
};

export const createSpending = (): Spending => {
  const models = new Map<string, Usage>();
  let turn = noUsage();
  return {
    add(event) {
      if (event.type === "turn.started") turn = noUsage();
      // What was copied was paid for by the thread that it was copied from.
      if (event.type === "thread.forked") models.clear();
      if (event.type !== "model.completed" && event.type !== "usage.added") return;
      turn = addUsage(turn, event.usage);
      models.set(event.model, addUsage(models.get(event.model) ?? noUsage(), event.usage));
    },
    turn: () => turn,
    models: () => models,
  };
};

/** What a thread may cost in all; null where there is no limit. */
export type Budget = {
  /** Tokens of input and output together. */
  readonly tokens: number | null;
  /** US dollars. */
  readonly cost: number | null;
};

/** Money spent so far, in US dollars; null when a model's price is not known. */
export const costOfAll = (
  models: ReadonlyMap<string, Usage>,
  priceOf: (model: string) => Price | null,
): number | null => {
  let sum = 0;
  for (const [model, usage] of models) {
    const price = priceOf(model);
    if (price === null) return null;
    sum += costOf(usage, price);
  }
  return sum;
};

/** As people read money: cents are enough from a dollar on. */
export const dollars = (amount: number): string => `$${amount.toFixed(amount >= 1 ? 2 : 4)}`;

/** What a limit of money lacks, and what to do: "needs the price of …". */
export const needsPrice = (models: readonly string[]): string =>
  `needs the price of ${models.join(" and ")}, which is not known; add to the configuration: ${models.map((id) => `prices.${JSON.stringify(id)} = { input = USD, output = USD }`).join(", ")} (for a million tokens), or limit tokens with --max-tokens`;

/** Which limit is reached, or cannot be held, in words; null while none is. A model of before may be one without a price. */
export const overBudget = (
  budget: Budget,
  models: ReadonlyMap<string, Usage>,
  priceOf: (model: string) => Price | null,
): string | null => {
  let tokens = 0;
  for (const usage of models.values()) tokens += usage.input_tokens + usage.output_tokens;
  if (budget.tokens !== null && tokens >= budget.tokens)
    return `this thread has used ${tokens.toLocaleString("en")} tokens of its ${budget.tokens.toLocaleString("en")}; a higher --max-tokens goes on`;
  if (budget.cost === null) return null;
  const cost = costOfAll(models, priceOf);
  if (cost === null)
    return `a limit of ${dollars(budget.cost)} ${needsPrice([...models.keys()].filter((id) => priceOf(id) === null))}`;
  return cost >= budget.cost
    ? `this thread has cost ${dollars(cost)} of its ${dollars(budget.cost)}; a higher --max-cost goes on`
    : null;
};
