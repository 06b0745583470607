import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ModelFailure } from "../../src/model.ts";
import { decideRetry, defaultRetryLimits } from "../../src/models/retry.ts";

const dropped: ModelFailure = { code: "bad_response", message: "lost", transient: true };
const limited: ModelFailure = { code: "rate_limited", message: "wait", transient: true, retryAfterMs: 1500 };
const refused: ModelFailure = { code: "unreachable", message: "nothing there", transient: true };

test("the pauses after a dropped stream", () => {
  const delays = (random: number) =>
    Array.from({ length: 11 }, (_, index) => {
      const decision = decideRetry({ attempt: index + 1, failure: dropped, random });
      return decision.type === "retry" ? decision.delayMs : null;
    });
  assert.deepEqual(delays(0), [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000, null]);
  assert.deepEqual(delays(1), [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, null]);
});

test("a provider's wish is obeyed, within 25 ms", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 10 }),
      (random, attempt) => {
        const decision = decideRetry({ attempt, failure: limited, random });
        assert.ok(decision.type === "retry" && decision.delayMs >= 1500 && decision.delayMs <= 1525);
      },
    ),
  );
});

test("when to give up", () => {
  const decide = (failure: ModelFailure, attempt = 1) => decideRetry({ attempt, failure, random: 0.5 }).type;
  assert.equal(decide({ ...dropped, transient: false }), "give_up");
  assert.equal(decide({ ...limited, transient: false }), "give_up");
  assert.equal(decide({ ...limited, retryAfterMs: defaultRetryLimits.maxRetryAfterMs + 1 }), "give_up");
  assert.equal(decide(limited, 10), "retry");
  assert.equal(decide(limited, 11), "give_up");
  assert.equal(decide(refused, 6), "retry");
  assert.equal(decide(refused, 7), "give_up");
  const none = { ...defaultRetryLimits, streamRetries: 0 };
  assert.equal(decideRetry({ attempt: 1, failure: dropped, random: 0 }, none).type, "give_up");
});

test("a network that is away is asked for without end, a server that restarts for about a minute", () => {
  const away: ModelFailure = { ...refused, absent: "network" };
  const restarting: ModelFailure = { ...refused, absent: "server" };
  const decide = (failure: ModelFailure, attempt: number, limits = defaultRetryLimits) =>
    decideRetry({ attempt, failure, random: 1 }, limits);
  assert.deepEqual(decide(away, 100_000), { type: "retry", delayMs: 30_000 });
  let waited = 0;
  let attempt = 1;
  for (let next = decide(restarting, 1); next.type === "retry"; next = decide(restarting, ++attempt))
    waited += next.delayMs;
  assert.ok(waited > 30_000 && waited < 60_000, `${waited} ms`);
  assert.equal(decide(away, 1, { ...defaultRetryLimits, networkRetries: 0 }).type, "give_up");
});

test("who wishes for no pause is not stormed", () => {
  const eager: ModelFailure = { ...limited, retryAfterMs: 0 };
  const delays = [1, 2, 3, 4, 5].map((attempt) => decideRetry({ attempt, failure: eager, random: 0 }));
  assert.deepEqual(
    delays.map((decision) => decision.type === "retry" && decision.delayMs),
    [100, 200, 400, 800, 1000],
  );
});
