import type { ModelFailure } from "../model.ts";

/** How patient the loop is. Times in milliseconds. */
export type RetryLimits = {
  /** Retries of an endpoint that cannot be reached at all. */
  readonly requestRetries: number;
  /** Retries of every other transient failure. */
  readonly streamRetries: number;
  /** The longest pause of our own choosing. */
  readonly maxDelayMs: number;
  /** A provider that wants a longer pause than this is not waited for. */
  readonly maxRetryAfterMs: number;
};

export const defaultRetryLimits: RetryLimits = {
  requestRetries: 6,
  streamRetries: 10,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 3_600_000,
};

/** `attempt`: how often the request has failed in a row, this time included (from 1). `random`: in [0, 1). */
export type RetryState = { readonly attempt: number; readonly failure: ModelFailure; readonly random: number };
export type RetryDecision = { readonly type: "retry"; readonly delayMs: number } | { readonly type: "give_up" };

const firstDelayMs = 200;
/** Spreads clients that were sent away together; small, because a wish of the provider is obeyed exactly. */
const retryAfterJitterMs = 5;

/**
 * Whether and when to send a failed request again. The provider's wish counts as it is; else the pause doubles from at
 * most 200 ms on, with "equal jitter" (half fixed, half random) so that clients do not come back together.
 */
export const decideRetry = (state: RetryState, limits: RetryLimits = defaultRetryLimits): RetryDecision => {
  const { attempt, failure, random } = state;
  if (!failure.transient) return { type: "give_up" };
  const retries = failure.code === "unreachable" ? limits.requestRetries : limits.streamRetries;
  if (attempt > retries) return { type: "give_up" };
  const { retryAfterMs } = failure;
  if (retryAfterMs !== undefined) {
    if (retryAfterMs > limits.maxRetryAfterMs) return { type: "give_up" };
    return { type: "retry", delayMs: Math.ceil(retryAfterMs) + Math.floor(random * retryAfterJitterMs) };
  }
  const ceiling = Math.min(limits.maxDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 30));
  return { type: "retry", delayMs: Math.round(ceiling / 2 + (random * ceiling) / 2) };
};
