/** What the work comes to, or null as soon as the signal is aborted; the work then goes on by itself. */
export const untilAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> => {
  const { promise, resolve } = Promise.withResolvers<null>();
  const onAbort = (): void => resolve(null);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", onAbort));
};
