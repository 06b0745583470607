import { ExitRequested, resourceMark, settle, untilIdle } from "../invoke.ts";
import { testId } from "../messages.ts";
import type { Reporter } from "../suite.ts";
import type { FrameworkAdapter } from "./framework.ts";

/**
 * A file that is its own test (`node test.js`): it fails by an exception, a non-zero exit code, or an exit listener
 * that throws. The file is one test, whose end is when nothing keeps the event loop alive any more.
 */
export function scriptFramework(): FrameworkAdapter {
  let file = "";
  let mark = 0;
  let listeners: readonly unknown[] = [];
  return {
    shims: new Map(),
    main: true,
    begin(nextFile, reporter) {
      file = nextFile;
      mark = resourceMark();
      listeners = process.listeners("exit");
      process.exitCode = undefined;
      reporter.started(testId(file, ""));
    },
    async finish(reporter) {
      const error = await endOf(mark, listeners, reporter);
      process.exitCode = undefined;
      reporter.ended(file, "", error);
    },
  };
}

async function endOf(mark: number, before: readonly unknown[], reporter: Reporter): Promise<unknown> {
  let failure: unknown;
  const run = async (body: () => unknown) => {
    try {
      await settle(body, reporter.timeoutMs);
    } catch (error) {
      if (!(error instanceof ExitRequested && error.code === 0)) failure ??= error;
    }
  };
  await run(async () => {
    if (!(await untilIdle(mark, reporter.timeoutMs)))
      throw new Error(`the script did not end: ${process.getActiveResourcesInfo().join(", ")}`);
  });
  const code = failure === undefined ? (process.exitCode ?? 0) : 1;
  for (const listener of process.listeners("exit")) {
    if (before.includes(listener)) continue;
    process.removeListener("exit", listener);
    await run(() => Reflect.apply(listener, process, [code]));
  }
  const exitCode = Number(process.exitCode ?? 0);
  if (failure === undefined && exitCode !== 0) failure = new Error(`exit code ${exitCode}`);
  return failure;
}
