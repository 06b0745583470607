import assert from "node:assert/strict";
import { test } from "node:test";
import { type LoggedEvent, noUsage, type ThreadEvent } from "@fettle/protocol";
import { costOf, priceOf } from "../src/models/prices.ts";
import { costOfAll, createSpending, overBudget } from "../src/spending.ts";

const usage = (input: number, output: number, cached = 0, written = 0) => ({
  ...noUsage(),
  input_tokens: input,
  output_tokens: output,
  cached_input_tokens: cached,
  cache_write_input_tokens: written,
});
const fold = (events: readonly ThreadEvent[]) => {
  const spending = createSpending();
  for (const [seq, event] of events.entries()) spending.add({ ...event, seq, at: "" } as LoggedEvent);
  return spending;
};
const called = (model: string, input: number, output: number): ThreadEvent => ({
  type: "model.completed",
  model,
  output: [],
  usage: usage(input, output),
});

test("every call counts: of all turns, of checkpoints and reviews, also what was taken back", () => {
  const spending = fold([
    { type: "turn.started" },
    called("gpt-5", 100, 10),
    { type: "turn.completed", usage: usage(100, 10) },
    { type: "thread.rewound", to_seq: 0, turn: 1 },
    { type: "turn.started" },
    called("gpt-5", 50, 5),
    { type: "usage.added", purpose: "checkpoint", model: "gpt-5", usage: usage(7, 1) },
    { type: "usage.added", purpose: "review", model: "gpt-5-mini", usage: usage(3, 1) },
  ]);
  assert.deepEqual(spending.turn(), usage(60, 7));
  assert.deepEqual(
    [...spending.models()],
    [
      ["gpt-5", usage(157, 16)],
      ["gpt-5-mini", usage(3, 1)],
    ],
  );
});

test("cached and written input has its own price, the rest the full one", () => {
  const price = { input: 10, cached: 1, written: 20, output: 100 };
  assert.equal(costOf(usage(1_000_000, 500_000, 400_000, 100_000), price), 5 + 0.4 + 2 + 50);
});

test("prices: the configuration's first, then the table's by name, none for what nobody knows, nothing for local ones", () => {
  const own = { input: 1, cached: 1, written: 1, output: 1 };
  assert.equal(priceOf("gpt-5", { "gpt-5": own }), own);
  assert.equal(priceOf("gpt-5")?.output, 10);
  assert.equal(priceOf("openrouter/gpt-5-mini")?.output, 2);
  assert.equal(priceOf("gpt-9"), null);
  assert.equal(priceOf("constructor"), null);
  assert.equal(priceOf("ollama/gpt-oss:20b")?.output, 0);
  assert.equal(
    costOfAll(new Map([["gpt-9", usage(1, 1)]]), (model) => priceOf(model)),
    null,
  );
});

test("a budget is over when it is reached", () => {
  const models = new Map([["gpt-5", usage(900, 100)]]);
  const over = (tokens: number | null, cost: number | null) =>
    overBudget({ tokens, cost }, models, (model) => priceOf(model));
  assert.equal(over(1001, null), null);
  assert.equal(over(1000, null), "this thread has used 1,000 tokens of its 1,000; a higher --max-tokens goes on");
  assert.equal(over(null, 1), null);
  assert.equal(over(null, 0.002), "this thread has cost $0.0021 of its $0.0020; a higher --max-cost goes on");
});
