import { type CommandOutcome, outputLines, passed } from "./command-outcome.ts";
import { printFile } from "./read-file.ts";
import type { Procedure } from "./replay.ts";
import { quick, runCommands } from "./run-command.ts";
import { manifestsIn, type ProjectFacts } from "./test-command.ts";

export type Surroundings = ProjectFacts & {
  readonly isGit: boolean;
  /** Files changed since the last commit, as `git status --short` names them. */
  readonly changed: readonly string[];
  /** Names in the top folder, folders with a slash. */
  readonly top: readonly string[];
  /** There are more files than `files` lists. */
  readonly more: boolean;
};

const listed = 300;
const readmeBytes = 6000;
const manifestBytes = 1_000_000;
/** With -z git prints names as they are, not quoted; the shell tool's result is lines. */
const onePerLine = String.raw`tr '\0' '\n'`;
const skipped = ["node_modules", ".git", ".venv", "venv", "target", "dist", "__pycache__"];

/** Lists files as git does where there is no git. */
const findFiles = `find . \\( ${skipped.map((name) => `-name ${name}`).join(" -o ")} \\) -prune -o -type f -print | head -${listed}`;

const isReadme = (path: string): boolean => /^readme(?:\.\w+)?$/i.test(path);

const textsOf = (paths: readonly string[], outcomes: readonly CommandOutcome[]): Map<string, string> => {
  const texts = new Map<string, string>();
  for (const [index, path] of paths.entries()) {
    const outcome = outcomes[index];
    if (outcome !== undefined && passed(outcome)) texts.set(path, outcome.output);
  }
  return texts;
};

/** Lists the repository's files and reads its manifests (and README where `readme`), all read-only. */
export function* lookAround(readme: boolean): Procedure<Surroundings> {
  const [status, tracked, top] = yield* runCommands("Looking at the repository.", [
    quick(`git status --short --no-renames -z | ${onePerLine} | head -30`),
    quick(`git ls-files --cached --others --exclude-standard -z | ${onePerLine} | head -${listed}`),
    quick("ls -ap"),
  ]);
  const isGit = tracked !== undefined && passed(tracked) && !/^fatal:/m.test(tracked.output);
  let files = isGit && tracked !== undefined ? outputLines(tracked) : [];
  const names = top === undefined ? [] : outputLines(top).filter((name) => name !== "./" && name !== "../");
  if (!isGit) {
    const [found] = yield* runCommands("This is not a git repository; listing its files.", [quick(findFiles)]);
    files = found === undefined ? [] : outputLines(found).map((path) => path.replace(/^\.\//, ""));
  }
  // Lists end at `listed` entries, but what decides how tests run lies in the top folder.
  const all = [...new Set([...names.filter((name) => !name.endsWith("/")), ...files])];
  const wanted = [...manifestsIn(all), ...(readme ? all.filter(isReadme).slice(0, 1) : [])];
  const read = wanted.map((path) => quick(printFile(path, isReadme(path) ? readmeBytes : manifestBytes)));
  const outcomes = read.length === 0 ? [] : yield* runCommands(`Reading ${wanted.join(", ")}.`, read);
  return {
    isGit,
    files: all,
    more: files.length >= listed,
    changed: isGit && status !== undefined ? outputLines(status) : [],
    top: names,
    texts: textsOf(wanted, outcomes),
  };
}
