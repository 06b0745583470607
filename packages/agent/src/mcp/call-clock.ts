/** The time that a call may take. It stands still while a person is asked something for it. */
export type CallClock = {
  /** Aborted once the time is up. */
  readonly signal: AbortSignal;
  whileStopped<T>(run: () => Promise<T>): Promise<T>;
  end(): void;
};

/** Starts a clock of `ms` milliseconds. */
export const startClock = (ms: number): CallClock => {
  const controller = new AbortController();
  let left = ms;
  let since = performance.now();
  let timer: NodeJS.Timeout | null = null;
  const run = (): void => {
    since = performance.now();
    timer = setTimeout(() => controller.abort(), left);
  };
  const stop = (): void => {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    left -= performance.now() - since;
  };
  run();
  return {
    signal: controller.signal,
    async whileStopped(ask) {
      stop();
      try {
        return await ask();
      } finally {
        run();
      }
    },
    end: stop,
  };
};
