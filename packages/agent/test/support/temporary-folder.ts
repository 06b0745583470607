import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A folder that is removed after the test. */
export const temporaryFolder = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), "fettle-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
};
