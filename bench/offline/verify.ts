/*
 * Proves that the corpus says the truth: in the buggy release exactly the tests named in case.json fail and a held-out
 * test fails; in the fixed release everything passes. Usage: node bench/offline/verify.ts [case…]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BugCase, caseIds, readCase } from "./case.ts";
import { addHiddenTest, materialise } from "./materialise.ts";
import { runTestFile, type TestOutcome } from "./test-outcome.ts";

type Observed = { readonly visible: TestOutcome; readonly hidden: TestOutcome };

const observe = async (id: string, version: "buggy" | "fixed"): Promise<Observed> => {
  const folder = mkdtempSync(join(tmpdir(), "fettle-verify-"));
  try {
    const found = await materialise(id, join(folder, "repository"), { version });
    const repository = join(folder, "repository");
    const visible = await runTestFile(repository, found.testFile);
    const hidden = await runTestFile(repository, addHiddenTest(found, repository));
    return { visible, hidden };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** What is wrong with a case; empty when it is as declared. */
export const complaints = (found: BugCase, buggy: Observed, fixed: Observed): string[] => {
  const said: string[] = [];
  if (buggy.visible.exitCode === 0) said.push("the visible test passes in the buggy release");
  if (buggy.hidden.exitCode === 0) said.push("the hidden test passes in the buggy release");
  if (fixed.visible.exitCode !== 0) said.push("the visible test fails in the fixed release");
  if (fixed.hidden.exitCode !== 0) said.push("the hidden test fails in the fixed release");
  const failed = JSON.stringify(buggy.visible.failed);
  if (failed !== JSON.stringify(found.failing)) said.push(`case.json names other failing tests than ${failed}`);
  const script = found.testCommand === `node ${found.testFile}`;
  if (!script && buggy.visible.passed.length === 0) said.push("no visible test passes in the buggy release");
  return said;
};

const main = async (): Promise<number> => {
  const wanted = process.argv.slice(2);
  let wrong = 0;
  for (const id of wanted.length > 0 ? wanted : caseIds()) {
    const said = complaints(readCase(id), await observe(id, "buggy"), await observe(id, "fixed"));
    console.log(said.length === 0 ? `ok     ${id}` : `WRONG  ${id}: ${said.join("; ")}`);
    if (said.length > 0) wrong += 1;
  }
  return wrong === 0 ? 0 : 1;
};

if (import.meta.main) process.exitCode = await main();
