import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** A folder with these files, removed after the test. */
export function createProject(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "fettle-project-")));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
}

/** A function with one fresh typo: the second comparison is the wrong way round. */
export const clampSource = [
  "exports.clamp = function clamp(n, lo, hi) {",
  "  if (n < lo) return lo;",
  "  if (n < hi) return hi;",
  "  return n;",
  "};",
  "",
].join("\n");
