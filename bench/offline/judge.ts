import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BugCase } from "./case.ts";
import { addHiddenTest } from "./materialise.ts";
import { runTestFile } from "./test-outcome.ts";

const run = promisify(execFile);

/**
 * `right`: the visible and the held-out tests pass. `green but wrong`: only the visible ones do. `not mended`: the
 * visible ones fail. `test changed`: the test file itself was edited, whatever passes.
 */
export type Verdict = "right" | "green but wrong" | "not mended" | "test changed";

export type Judgement = {
  readonly verdict: Verdict;
  /** The changed source files read the same as in the fixed release, white space and comments apart. */
  readonly sameAsMaintainers: boolean;
  /** Unified diff of what the engine did; empty when nothing. */
  readonly diff: string;
};

/** The program text in a normal form: what remains when formatting and comments are taken away. */
const normalForm = async (path: string): Promise<string> => {
  if (!existsSync(path)) return "";
  const { transform } = await import("esbuild");
  const source = readFileSync(path, "utf8");
  const { code } = await transform(source, { minifyWhitespace: true, legalComments: "none", logLevel: "silent" });
  return code;
};

const readsTheSame = async (files: readonly string[], repository: string, fixed: string): Promise<boolean> => {
  for (const file of files) {
    if ((await normalForm(join(repository, file))) !== (await normalForm(join(fixed, file)))) return false;
  }
  return true;
};

/** Judges a repository after an engine worked in it. `fixed` is the folder of the fixed release. Adds the hidden test. */
export const judge = async (found: BugCase, repository: string, fixed: string): Promise<Judgement> => {
  const git = async (...args: string[]): Promise<string> => (await run("git", args, { cwd: repository })).stdout;
  const diff = await git("diff", "HEAD", "--no-color", "--no-ext-diff");
  const changed = (await git("diff", "HEAD", "--name-only")).split("\n").filter(Boolean);
  const sameAsMaintainers = changed.length > 0 && (await readsTheSame(found.files, repository, fixed));
  if (changed.includes(found.testFile)) return { verdict: "test changed", sameAsMaintainers, diff };
  const visible = await runTestFile(repository, found.testFile);
  if (visible.exitCode !== 0) return { verdict: "not mended", sameAsMaintainers, diff };
  const hidden = await runTestFile(repository, addHiddenTest(found, repository));
  return { verdict: hidden.exitCode === 0 ? "right" : "green but wrong", sameAsMaintainers, diff };
};
