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
