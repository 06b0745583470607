import { parseOptions, USAGE } from "./options.ts";

/*
 * The program of the search: `node main.ts --root DIR --test CMD`. It runs the project's code, so it belongs into a
 * sandbox. Progress goes to standard error, the report is the last line of standard output. Exit codes: 0 for every
 * search that could report, 2 for wrong arguments.
 */

/** After an interrupt the search may end what it is at; it does not have to. */
const GRACE_MS = 1500;

function graceOver(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => setTimeout(resolve, GRACE_MS), { once: true });
  });
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if ("error" in options) {
    process.stderr.write(`${options.error}\n${USAGE}\n`);
    return 2;
  }
  const { createState, reportOf } = await import("./state.ts");
  const { runSearch } = await import("./search.ts");
  const state = createState(options);
  const stop = new AbortController();
  const interrupt = () => {
    state.interrupted = true;
    stop.abort();
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, interrupt);
  const host = {
    program: [process.execPath, ...process.execArgv, import.meta.filename],
    say: (line: string) => process.stderr.write(`${line}\n`),
    signal: stop.signal,
  };
  try {
    await Promise.race([runSearch(state, host), graceOver(stop.signal)]);
  } catch (error) {
    state.end ??= { status: "error", reason: error instanceof Error ? error.message : String(error) };
  }
  await new Promise((resolve) => process.stdout.write(`${JSON.stringify(reportOf(state))}\n`, resolve));
  return 0;
}

if (process.argv.includes("--worker")) {
  const { startWorker } = await import("./runner/worker.ts");
  startWorker();
} else {
  process.exit(await main(process.argv.slice(2)));
}
