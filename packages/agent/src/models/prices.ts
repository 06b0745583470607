import type { Usage } from "@fettle/protocol";

/*
 * What models cost, in US dollars for a million tokens. Data, as their makers published it when it was last looked
 * at; prices change, so `[prices."MODEL"]` of the configuration counts more. The first pattern that fits counts.
 */

export type Price = {
  readonly input: number;
  /** Input that the provider had in its cache. */
  readonly cached: number;
  /** Input that it put there; only some charge more for it. */
  readonly written: number;
  readonly output: number;
};

const price = (input: number, cached: number, output: number, written = input): Price => ({
  input,
  cached,
  written,
  output,
});

const rows: readonly (readonly [pattern: RegExp, price: Price])[] = [
  [/^gpt-5[\w.]*-nano/, price(0.05, 0.005, 0.4)],
  [/^gpt-5[\w.]*-mini/, price(0.25, 0.025, 2)],
  [/^gpt-5[\w.]*-pro/, price(15, 15, 120)],
  [/^gpt-5(?:\.1)?(?:-|$)/, price(1.25, 0.125, 10)],
  [/^codex-mini/, price(1.5, 0.375, 6)],
  [/^o3(?:-\d|$)/, price(2, 0.5, 8)],
  [/^o4-mini/, price(1.1, 0.275, 4.4)],
  [/^gpt-4\.1-mini/, price(0.4, 0.1, 1.6)],
  [/^gpt-4\.1-nano/, price(0.1, 0.025, 0.4)],
  [/^gpt-4\.1/, price(2, 0.5, 8)],
  [/^gpt-4o-mini/, price(0.15, 0.075, 0.6)],
  [/^gpt-4o/, price(2.5, 1.25, 10)],
  [/^claude-opus-4-5/, price(5, 0.5, 25, 6.25)],
  [/^claude-opus-4/, price(15, 1.5, 75, 18.75)],
  [/^claude-sonnet-4/, price(3, 0.3, 15, 3.75)],
  [/^claude-haiku-4-5/, price(1, 0.1, 5, 1.25)],
  [/^claude-3-5-haiku/, price(0.8, 0.08, 4, 1)],
  [/^gemini-3-pro/, price(2, 0.2, 12)],
  [/^gemini-2\.5-pro/, price(1.25, 0.125, 10)],
  [/^gemini-2\.5-flash-lite/, price(0.1, 0.01, 0.4)],
  [/^gemini-2\.5-flash/, price(0.3, 0.03, 2.5)],
];

/** Providers whose models run on the user's own machine, and the engine that is none. */
const free: Price = price(0, 0, 0);
const freeModels = /^(?:offline$|ollama\/|lmstudio\/|llamacpp\/|vllm\/)/;

/** By the model's id as the log has it (`gpt-5`, `anthropic/claude-…`). Null when it is not known. */
export const priceOf = (model: string, configured: Readonly<Record<string, Price>> = {}): Price | null => {
  const own = Object.hasOwn(configured, model) ? configured[model] : undefined;
  if (own !== undefined) return own;
  if (freeModels.test(model)) return free;
  const name = model.slice(model.indexOf("/") + 1).toLowerCase();
  return rows.find(([pattern]) => pattern.test(name))?.[1] ?? null;
};

/** In US dollars. What was cached or written is part of the input. */
export const costOf = (usage: Usage, { input, cached, written, output }: Price): number => {
  const fresh = Math.max(0, usage.input_tokens - usage.cached_input_tokens - usage.cache_write_input_tokens);
  return (
    (fresh * input +
      usage.cached_input_tokens * cached +
      usage.cache_write_input_tokens * written +
      usage.output_tokens * output) /
    1_000_000
  );
};
