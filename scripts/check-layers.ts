import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findViolations } from "./check/rules.ts";

/* check-layers.ts [ROOT]: applies the rules of check/rules.ts to a tree; prints `file:line: what: why`, exits 1 if any. */

const root = resolve(process.argv[2] ?? join(import.meta.dirname, ".."));
const patterns = ["packages/*/{src,test,demo}/**/*.{ts,tsx}", "{scripts,test,bench}/**/*.{ts,tsx}"];

const files = patterns
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((path) => !/(^|\/)(fixtures|node_modules|dist)\//.test(path))
  .sort();
const violations = findViolations(new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")])));
for (const { file, line, message } of violations) console.log(`${file}:${line}: ${message}`);
if (files.length === 0) console.log(`no sources under ${root}`);
process.exitCode = violations.length === 0 && files.length > 0 ? 0 : 1;
