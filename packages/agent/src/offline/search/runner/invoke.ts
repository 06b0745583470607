import vm from "node:vm";

/* Tests may install fake clocks: the runner keeps the real functions. */
const { setTimeout: setRealTimeout, clearTimeout: clearRealTimeout, setImmediate: setRealImmediate } = globalThis;

/** Thrown in place of ending the process, when the code under test calls `process.exit`. */
export class ExitRequested extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`process.exit(${code})`);
    this.name = "ExitRequested";
    this.code = code;
  }
}

const GUARD = Symbol.for("fettle.guard");
const guardScript = new vm.Script(`globalThis[Symbol.for("fettle.guard")]()`);

/** Calls `body`; a synchronous stretch of it that runs longer than `timeoutMs` is broken off by an exception. */
function guarded(body: () => unknown, timeoutMs: number): unknown {
  Object.defineProperty(globalThis, GUARD, { value: body, configurable: true, enumerable: false });
  // It takes whole milliseconds only.
  return guardScript.runInThisContext({ timeout: Math.ceil(timeoutMs) });
}

let failCurrent: ((error: unknown) => void) | undefined;

/** Uncaught exceptions and rejections belong to what is running now. */
export function catchStrayErrors(): void {
  const stray = (error: unknown) => failCurrent?.(error);
  process.on("uncaughtException", stray);
  process.on("unhandledRejection", stray);
}

/** Runs `body` to its end, synchronous or not; rejects with its error, a stray one, or after `timeoutMs`. */
export async function settle(body: () => unknown, timeoutMs: number): Promise<unknown> {
  const previous = failCurrent;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      failCurrent = reject;
      const value = guarded(body, timeoutMs);
      if (!isThenable(value)) return resolve(value);
      timer = setRealTimeout(() => reject(new Error(`timed out after ${timeoutMs} ms`)), timeoutMs);
      /* The channel to the search keeps the process alive; the timer must not look like work of the test. */
      timer.unref();
      value.then(resolve, reject);
    });
  } finally {
    clearRealTimeout(timer);
    failCurrent = previous;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return typeof (value as { then?: unknown }).then === "function";
}

/** One turn of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setRealImmediate(resolve));
}

function activeResources(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate" && kind !== "PipeWrap").length;
}

/**
 * Waits until nothing that was started since `before` (see `resourceMark`) keeps the event loop alive, as a process
 * would before it ends. False when it did not come to rest within `timeoutMs`.
 */
export async function untilIdle(before: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  let quiet = 0;
  while (quiet < 3) {
    if (performance.now() > deadline) return false;
    if (activeResources() > before) {
      quiet = 0;
      /* Not counted itself: another wait that is still going on must not see it as work. */
      await new Promise((resolve) => setRealTimeout(resolve, 1).unref());
    } else {
      quiet++;
      await nextTurn();
    }
  }
  return true;
}

export function resourceMark(): number {
  return activeResources();
}

/** Calls a body that reports through a node-style callback; resolves when it is called without an error. */
export function callWithDone(call: (done: (error?: unknown) => void) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown) => (error ? reject(error) : resolve(undefined));
    const value = call(Object.assign(done, { fail: (error?: unknown) => reject(error ?? new Error("done.fail()")) }));
    if (isThenable(value)) value.then(undefined, reject);
  });
}
