import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A new folder that goes with the test. */
export const temporaryHome = (t: TestContext): string => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "fettle-thread-")));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return home;
};
