/** The time that a goal took, in all processes. */
export type GoalClock = {
  /** Milliseconds. */
  elapsed(): number;
  /** The limit in words once it is reached; null before, and without one. */
  over(): string | null;
  /** Milliseconds that a command may take from now. */
  left(): number;
};

/** A command of a plan that hangs must not hang the goal. */
const longestCommandMs = 60 * 60 * 1000;

const words = (ms: number): string => (ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);

/** Starts at once. `before`: milliseconds of earlier processes. */
export const startClock = (before: number, maxMs: number | null): GoalClock => {
  const startedAt = performance.now();
  const elapsed = (): number => before + performance.now() - startedAt;
  return {
    elapsed,
    over: () =>
      maxMs !== null && elapsed() >= maxMs ? `this goal has taken ${words(elapsed())} of its ${words(maxMs)}` : null,
    // Even a command at the very end of the time gets a moment, or it could never pass.
    left: () => Math.max(1000, Math.min(longestCommandMs, (maxMs ?? Number.POSITIVE_INFINITY) - elapsed())),
  };
};
