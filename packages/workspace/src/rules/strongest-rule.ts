import type { CommandWord } from "../shell/command-words.ts";
import type { Layer, Rule } from "./types.ts";

const layers: readonly Layer[] = ["built-in", "project", "user", "thread"];

const mostPrecise = (rules: readonly Rule[]): Rule | null =>
  rules.reduce<Rule | null>((best, rule) => (best === null || rule.precision > best.precision ? rule : best), null);

/** A question that knows which words raised it is lifted only by a rule that names every one of them. */
const lifts = (allow: Rule, ask: Rule, words: readonly CommandWord[]): boolean => {
  if (ask.triggers === undefined) return allow.exact || allow.precision >= ask.precision;
  const named = new Set(allow.named?.(words) ?? []);
  return ask.triggers(words).every((word) => named.has(word));
};

/** The rule that decides of a command, and the question that it lifted, if it did. */
export type Strongest = { readonly rule: Rule | null; readonly lifted: Rule | null };

/** What the layers say together of a command: prohibitions stay, a later `ask` or `allow` outweighs an earlier one. */
export const strongestRule = (matching: readonly Rule[], words: readonly CommandWord[]): Strongest => {
  const never = matching.find((rule) => rule.decision === "never");
  if (never !== undefined) return { rule: never, lifted: null };
  let asks: readonly Rule[] = [];
  let allow: Rule | null = null;
  for (const layer of layers) {
    const own = matching.filter((rule) => rule.layer === layer);
    const ownAsks = own.filter((rule) => rule.decision === "ask");
    if (ownAsks.length > 0) {
      asks = [...asks, ...ownAsks];
      continue;
    }
    const allows = own.filter((rule) => rule.decision === "allow");
    asks = asks.filter((ask) => !allows.some((one) => lifts(one, ask, words)));
    allow = mostPrecise(allows) ?? allow;
  }
  const ask = mostPrecise(asks);
  if (ask !== null) return { rule: ask, lifted: null };
  const lifted = matching.filter((rule) => rule.decision === "ask");
  return { rule: allow, lifted: lifted.find((rule) => rule.run === "host") ?? lifted[0] ?? null };
};
