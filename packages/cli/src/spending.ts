import {
  type Budget,
  type Config,
  costOfAll,
  dollars,
  needsPrice,
  overBudget,
  type Price,
  priceOf,
} from "@fettle/agent";
import type { Usage } from "@fettle/protocol";
import { shortCount } from "./render/counts.ts";
import { CommandError, UsageError } from "./usage-error.ts";

/** How a run counts its money, and when it stops for it. */
export type Accounts = {
  overBudget(models: ReadonlyMap<string, Usage>): string | null;
  /** The same for who may use only this share of it. */
  shareOf(share: number): (models: ReadonlyMap<string, Usage>) => string | null;
  /** Null when a model's price is not known. */
  cost(models: ReadonlyMap<string, Usage>): number | null;
};

/** A limit above 0 given as a flag; a UsageError names the flag otherwise. */
export const limitOf = (given: string | undefined, flag: string): number | undefined => {
  if (given === undefined) return undefined;
  const value = Number(given.replace(/^\$/, "").replace(/[_,](?=\d{3})/g, ""));
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${flag} must be a number above 0, not ${JSON.stringify(given)}`);
};

const pricesOf = (config: Config): Record<string, Price> =>
  Object.fromEntries(
    Object.entries(config.prices ?? {}).map(([model, { input, output, cached = input, written = input }]) => [
      model,
      { input, output, cached, written },
    ]),
  );

const part = ({ cost, tokens }: Budget, share: number): Budget => ({
  cost: cost === null ? null : cost * share,
  tokens: tokens === null ? null : Math.floor(tokens * share),
});

/** Throws a CommandError for a limit of money with a model whose price nobody said. */
export const accountsFor = (
  config: Config,
  flags: { readonly maxCost: number | undefined; readonly maxTokens: number | undefined },
  model: string,
): Accounts => {
  const prices = pricesOf(config);
  const find = (id: string): Price | null => priceOf(id, prices);
  const budget: Budget = {
    cost: flags.maxCost ?? config.budget?.max_cost ?? null,
    tokens: flags.maxTokens ?? config.budget?.max_tokens ?? null,
  };
  if (budget.cost !== null && find(model) === null)
    throw new CommandError(`a limit of ${dollars(budget.cost)} ${needsPrice([model])}`, 2);
  return {
    overBudget: (models) => overBudget(budget, models, find),
    shareOf: (share) => (models) => overBudget(part(budget, share), models, find),
    cost: (models) => costOfAll(models, find),
  };
};

/** A turn's tokens and its thread's cost in one line; empty when nothing was counted. */
export const usageLine = (usage: Usage, cost: number | null): string => {
  if (usage.input_tokens === 0 && usage.output_tokens === 0) return "";
  const cached = usage.input_tokens === 0 ? 0 : Math.round((100 * usage.cached_input_tokens) / usage.input_tokens);
  const money = cost === null || cost === 0 ? "" : ` · ${dollars(cost)} for the thread`;
  return `${shortCount(usage.input_tokens)} tokens in${cached > 0 ? ` (${cached} % cached)` : ""}, ${shortCount(usage.output_tokens)} out${money}`;
};
