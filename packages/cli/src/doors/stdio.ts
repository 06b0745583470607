/* A door over standard input and output: lines in, lines out, nothing else on either. */

export type Served = {
  receive(piece: string): void;
  /** Ends everything that runs; resolves when all of it is on record. */
  close(): Promise<void>;
};

/** Serves until the input ends, the reader goes away or a signal comes; then ends what runs. The exit code. */
export const serveStdio = async (open: (send: (line: string) => void) => Served): Promise<number> => {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const served = open((line) => process.stdout.write(line));
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  // A second signal does not wait for what runs: the log is repaired when the thread is opened again.
  let asked = false;
  const onSignal = (): void => {
    if (asked) process.exit(130);
    asked = true;
    end();
  };
  for (const signal of signals) process.on(signal, onSignal);
  process.stdout.on("error", () => end());
  process.stdin
    .setEncoding("utf8")
    .on("data", (piece: string) => served.receive(piece))
    .on("end", () => end())
    .on("error", () => end());
  await over;
  await served.close();
  return 0;
};
