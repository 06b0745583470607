import type { ModelFailure } from "../model.ts";

/** How patient the loop is. Times in milliseconds. */
export type RetryLimits = {
  /** Retries of an endpoint that cannot be reached at all. */
  readonly requestRetries: number;
  /** Retries while the network to the provider is away. */
  readonly networkRetries: number;
  /** Retries while a server of this machine that had answered before is away. */
  readonly serverRetries: number;
  /** Retries of every other transient failure. */
  readonly streamRetries: number;
  /** The longest pause of our own choosing. */
  readonly maxDelayMs: number;
  /** A provider that wants a longer pause than this is not waited for. */
  readonly maxRetryAfterMs: number;
};

export const defaultRetryLimits: RetryLimits = {
  requestRetries: 6,
  networkRetries: Number.POSITIVE_INFINITY,
  // With their pauses, about three quarters of a minute: long enough to load a model anew.
  serverRetries: 14,
  streamRetries: 10,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 3_600_000,
};

/** `attempt`: how often the request has failed in this way in a row, this time included (from 1). `random`: in [0, 1). */
export type RetryState = { readonly attempt: number; readonly failure: ModelFailure; readonly random: number };
export type RetryDecision = { readonly type: "retry"; readonly delayMs: number } | { readonly type: "give_up" };

const firstDelayMs = 200;
/** A server of this machine is looked for more often: it costs nothing. */
const serverDelayMs = 5000;
/** Up to here our own pause counts against a shorter wish, or a server that wishes for no pause would get none. */
const leastOwnMs = 1000;
/** Spreads clients that were sent away together; small, because a wish of the provider is obeyed exactly. */
const retryAfterJitterMs = 5;

const retriesFor = (failure: ModelFailure, limits: RetryLimits): number => {
  if (failure.absent === "network") return limits.networkRetries;
  if (failure.absent === "server") return limits.serverRetries;
  return failure.code === "unreachable" ? limits.requestRetries : limits.streamRetries;
};

/**
 * Whether and when to send a failed request again. The provider's wish counts as it is; else the pause doubles from at
 * most 200 ms on, with "equal jitter" (half fixed, half random) so that clients do not come back together.
 */
export const decideRetry = (state: RetryState, limits: RetryLimits = defaultRetryLimits): RetryDecision => {
  const { attempt, failure, random } = state;
  if (!failure.transient) return { type: "give_up" };
  if (attempt > retriesFor(failure, limits)) return { type: "give_up" };
  const { retryAfterMs } = failure;
  const longest = failure.absent === "server" ? Math.min(serverDelayMs, limits.maxDelayMs) : limits.maxDelayMs;
  const ceiling = Math.min(longest, firstDelayMs * 2 ** Math.min(attempt - 1, 30));
  const own = Math.round(ceiling / 2 + (random * ceiling) / 2);
  if (retryAfterMs === undefined) return { type: "retry", delayMs: own };
  if (retryAfterMs > limits.maxRetryAfterMs) return { type: "give_up" };
  const wish = Math.ceil(retryAfterMs) + Math.floor(random * retryAfterJitterMs);
  return { type: "retry", delayMs: Math.max(wish, Math.min(own, leastOwnMs)) };
};
