import { setTimeout as wait } from "node:timers/promises";
import type { App } from "./app.ts";
import type { TerminalOptions } from "./options.ts";

/*
 * What runs threads takes some tens of milliseconds to load, in which no key is shown. Whoever types at the first paint
 * comes first.
 */

/** So long without a key is a pause; but it is not waited for longer than the second one. In milliseconds. */
const quietMs = 20;
const mostMs = 200;
/** So long after its start a first request is on its way, and nothing is to do. In milliseconds. */
const warmMs = 300;

/** Resolves `whenQuiet` in the first pause between keys; `heard`: there was one. */
export const createQuiet = () => {
  let last = 0;
  return {
    heard(): void {
      last = performance.now();
    },
    async whenQuiet(): Promise<void> {
      last = performance.now();
      const most = last + mostMs;
      for (;;) {
        const left = Math.min(last + quietMs, most) - performance.now();
        if (left <= 0) return;
        await wait(left);
      }
    },
  };
};

/** Brings what comes after the first paint, in slices, so that keys come between them. */
export const load = async (app: App, options: TerminalOptions): Promise<void> => {
  app.views = await import("../views/view-rows.ts");
  await wait(0);
  const { begin } = await import("./start.ts");
  const begun = begin(app, options);
  await Promise.race([begun, wait(warmMs)]);
  // The first text costs its reader 20 ms more than any other; not those of the first answer.
  (await import("../views/warm.ts")).warm();
  await begun;
};
