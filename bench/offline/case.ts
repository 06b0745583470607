import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";

const release = z.object({
  version: z.string(),
  /** Subresource integrity of the published tarball (`sha512-…`); a tarball that differs is refused. */
  integrity: z.string().check(z.startsWith("sha512-")),
});

/** One historical bug: the release that has it, the release that mended it, and how to see the difference. */
export const bugCase = z.strictObject({
  id: z.string(),
  package: z.string(),
  buggy: release,
  fixed: release,
  /** What is wrong in the buggy release, in our words. */
  summary: z.string(),
  /** Where the maintainers say it: a public link, and the line of their changelog when there is one. */
  fixedBy: z.string(),
  /** The source files that the fix touched. */
  files: z.array(z.string()),
  /** `small`: the fix is an edit of one to three lines in one file; `large`: anything else. */
  size: z.enum(["small", "large"]),
  license: z.string(),
  /** What `scripts.test` of the repository is. */
  testCommand: z.string(),
  /** Where `visible.test.*` goes in the repository. */
  testFile: z.string(),
  /** Every package that is installed into it, direct and indirect, at an exact version. */
  dependencies: z.record(z.string(), z.string()),
  /** Names of the visible tests that fail in the buggy release; all others pass. */
  failing: z.array(z.string()),
});
export type BugCase = z.infer<typeof bugCase>;

export const casesDirectory = join(import.meta.dirname, "cases");

/** All case ids, sorted. */
export const caseIds = (): string[] =>
  readdirSync(casesDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** Reads one case. Throws when it does not exist or its data is not as declared. */
export const readCase = (id: string): BugCase => {
  const path = join(casesDirectory, id, "case.json");
  const found = bugCase.parse(JSON.parse(readFileSync(path, "utf8")));
  if (found.id !== id) throw new Error(`${path}: the id is ${found.id}, the folder says ${id}`);
  return found;
};

/** The absolute path of the case's `visible.test.*` or `hidden.test.*`. */
export const testSource = (id: string, which: "visible" | "hidden"): string => {
  const folder = join(casesDirectory, id);
  const name = readdirSync(folder).find((entry) => entry.startsWith(`${which}.test.`));
  if (name === undefined) throw new Error(`${folder} has no ${which}.test.* file`);
  return join(folder, name);
};
