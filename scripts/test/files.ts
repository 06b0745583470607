import { globSync } from "node:fs";
import { join, relative } from "node:path";

const patterns = ["packages/*/test/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"];

/**
 * Absolute paths of the test files under `root`, sorted. With filters only those whose path from the root contains
 * one of them; a filter may be given as an absolute path or with a leading `./`. Folders named fixtures hold no tests.
 */
export const findTestFiles = (root: string, filters: readonly string[]): string[] => {
  const wanted = filters.map((filter) =>
    filter.startsWith("/") ? relative(root, filter) : filter.replace(/^\.\//, "").replace(/\/$/, ""),
  );
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((path) => !/(^|\/)(fixtures|node_modules)\//.test(path))
    .filter((path) => wanted.length === 0 || wanted.some((filter) => path.includes(filter)))
    .sort()
    .map((path) => join(root, path));
};
