import assert from "node:assert";
import { startCoverage } from "./coverage.ts";
import type { Spectrum } from "./messages.ts";
import type { Reporter } from "./suite.ts";

/** Coverage cut at tests, and at assertions when asked for, until a share of time has been spent on cutting. */
export function createRecorder(root: string, grain: "tests" | "assertions") {
  const probe = startCoverage(root);
  const spectra: Spectrum[] = [];
  const loaded: Record<string, readonly number[]> = {};
  const measured = new Set<string>();
  let current = "";
  let failed = false;
  let spentMs = 0;
  const cut = (ok: boolean) => {
    const before = performance.now();
    spectra.push({ id: current, ok, files: probe.take() });
    spentMs += performance.now() - before;
  };
  return {
    started(id: string) {
      const files = probe.take();
      for (const [file, ranges] of Object.entries(files)) loaded[file] ??= ranges;
      current = id;
      failed = false;
    },
    checked(ok: boolean) {
      if (grain !== "assertions" || failed || spentMs > 1500) return;
      cut(ok);
      failed = !ok;
    },
    ended(id: string, ok: boolean) {
      if (measured.has(id)) return;
      measured.add(id);
      current = id;
      /* What ran after the assertion that failed says nothing about it. */
      if (!failed) cut(ok);
    },
    stop() {
      probe.stop();
      return { spectra, loaded };
    },
  };
}

type AssertTable = Record<string, unknown>;

/** A passed call of node's own assert is a boundary for coverage too. */
export function observeAsserts(reporter: Reporter): () => void {
  const tables = [assert, assert.strict] as unknown as AssertTable[];
  const originals = tables.map((table) => ({ ...table }));
  for (const table of tables) {
    for (const name of ["equal", "strictEqual", "deepEqual", "deepStrictEqual", "ok", "notEqual", "throws", "match"]) {
      const original = table[name];
      if (typeof original !== "function") continue;
      table[name] = function (this: unknown, ...args: unknown[]) {
        const value: unknown = Reflect.apply(original, this, args);
        reporter.checked(true);
        return value;
      };
    }
  }
  return () => {
    for (const [index, table] of tables.entries()) Object.assign(table, originals[index]);
  };
}
