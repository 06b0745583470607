import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";

const packageFile = z.object({ scripts: z.optional(z.record(z.string(), z.string())) });

const hasTestScript = (cwd: string): boolean => {
  try {
    const parsed = packageFile.safeParse(JSON.parse(readFileSync(join(cwd, "package.json"), "utf8")));
    return parsed.success && parsed.data.scripts?.["test"] !== undefined;
  } catch {
    return false;
  }
};

const testFiles = ["pytest.ini", "tox.ini", "Cargo.toml", "go.mod", "Makefile", "pyproject.toml"];

/** Paths that git shows as changed; none where it is no repository. */
const changedFiles = (cwd: string): Promise<number> =>
  new Promise((resolve) =>
    execFile("git", ["--no-optional-locks", "status", "--porcelain"], { cwd, timeout: 2000 }, (error, stdout) =>
      resolve(error === null ? stdout.split("\n").filter((line) => line !== "").length : 0),
    ),
  );

/** Three things that could be asked of this folder, from a look at its files. */
export const suggestionsFor = async (cwd: string): Promise<readonly string[]> => {
  const changed = await changedFiles(cwd);
  const has = (name: string): boolean => existsSync(join(cwd, name));
  const found = [
    ...(hasTestScript(cwd) || testFiles.some(has) ? ["run the tests, and make them pass"] : []),
    ...(changed > 0
      ? [`/review   (${changed === 1 ? "a changed file is" : `${changed} changed files are`} not committed)`]
      : []),
    ...(has("AGENTS.md") ? [] : ["/init   (a first AGENTS.md, with commands that were seen to work)"]),
    "explain how this repository is built, and where I would begin to read",
    "find the code that looks most likely to break, and say why",
    "/plan WHAT   (steps that commands prove)",
  ];
  return found.slice(0, 3);
};
