import { cpSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod/mini";

/** What the demo tells of a case of the corpus in bench/offline. */
const subject = z.object({
  id: z.string(),
  package: z.string(),
  buggy: z.object({ version: z.string() }),
  summary: z.string(),
  fixedBy: z.string(),
  files: z.array(z.string()),
  testFile: z.string(),
  failing: z.array(z.string()),
});
export type Subject = z.infer<typeof subject>;

const corpus = join(import.meta.dirname, "../../../bench/offline");

/** The program that makes a case's repository: `CASE FOLDER`. */
export const materialiseProgram = join(corpus, "materialise.ts");

/** Reads a case. Undefined when there is none of that name. */
export const readSubject = (id: string): Subject | undefined => {
  const cases = join(corpus, "cases");
  if (!readdirSync(cases).includes(id)) return undefined;
  return subject.parse(JSON.parse(readFileSync(join(cases, id, "case.json"), "utf8")));
};

/** Puts the test that no engine is shown beside the visible one; gives its path in the repository. */
export const addHeldOutTest = (found: Subject, repository: string): string => {
  const folder = join(corpus, "cases", found.id);
  const source = readdirSync(folder).find((name) => name.startsWith("hidden.test."));
  if (source === undefined) throw new Error(`${folder} has no held-out test`);
  const path = join(dirname(found.testFile), "hidden.test.js");
  cpSync(join(folder, source), join(repository, path));
  return path;
};
