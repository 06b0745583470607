import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import {
  describeProjectFile,
  type FileTrust,
  projectFiles,
  repositoryRoot,
  trust,
  trustedRepositories,
  trustOf,
  untrust,
} from "@fettle/agent";
import { askYes, canAsk } from "../ask-yes.ts";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { type Colours, coloursFor } from "../render/colours.ts";
import { visibleLine, visibleText } from "../render/plain-text.ts";
import { colourDiff } from "../render/progress.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { trustHelp } from "./help.ts";

const marks = { trusted: "trusted", untrusted: "not trusted", changed: "changed since it was trusted", absent: "gone" };

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const bordered = (text: string): string =>
  text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `  │ ${line}`)
    .join("\n");

const showContent = (file: FileTrust, c: Colours): void => {
  print(`${c.bold(visibleLine(file.path))} — ${marks[file.state]}; it ${file.can}`);
  if (file.refused !== null) print(`  ${c.red("never counts")}: ${visibleLine(file.refused)}`);
  else if (file.state === "changed") print(bordered(colourDiff(visibleText(file.diff ?? ""), c)));
  else if (file.state === "untrusted") print(bordered(visibleText(file.text ?? "")));
  print("");
};

/** Last, so that no long content pushes it off the screen before the question. */
const showMeaning = async (files: readonly FileTrust[], c: Colours): Promise<void> => {
  for (const { path, text } of files) {
    const { grants, refused, invalid } = await describeProjectFile(path, text ?? "");
    if (invalid !== null) throw new CommandError(`nothing was trusted: ${visibleLine(invalid)}`);
    print(`${c.bold(visibleLine(path))} would mean:${grants.length === 0 ? " nothing that needs care" : ""}`);
    for (const line of grants) print(`  ${c.yellow("!")} ${visibleText(line).replaceAll("\n", " ")}`);
    for (const line of refused) print(`  ${c.red("✗")} ${visibleText(line).replaceAll("\n", " ")}`);
  }
};

const listTrusted = (home: string, c: Colours): number => {
  const { known, problems } = trustedRepositories(home);
  for (const { root, files } of known) {
    print(c.bold(visibleText(root)));
    if (!existsSync(root)) print("  the folder is gone");
    else {
      const now = new Map(trustOf({ home, root }).files.map((file) => [file.path, file.state]));
      for (const [path, { trusted_at }] of Object.entries(files))
        print(`  ${visibleLine(path)} — ${marks[now.get(path) ?? "absent"]} (${trusted_at.slice(0, 10)})`);
    }
  }
  for (const problem of problems) print(`${c.red("✗")} ${visibleText(problem)}`);
  if (known.length === 0 && problems.length === 0) print("nothing is trusted");
  return 0;
};

const remove = (home: string, root: string): number => {
  print(untrust({ home, root }) ? `nothing in ${visibleText(root)} is trusted any more` : "nothing was trusted");
  return 0;
};

const mentionOthers = (root: string): void => {
  const others = projectFiles.filter(
    ({ path, effective }) => !effective && lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined,
  );
  for (const { path, can } of others) print(`${path}: ${can} elsewhere; this version of fettle does not read it\n`);
};

const decide = async (home: string, root: string, yes: boolean): Promise<number> => {
  const c = coloursFor(process.stdout);
  const { files, problem } = trustOf({ home, root });
  const present = files.filter(({ state }) => state !== "absent");
  print(`${c.bold(visibleText(root))}\n`);
  if (problem !== null) print(`${c.red("✗")} ${visibleText(problem)}\n`);
  for (const file of present) showContent(file, c);
  mentionOthers(root);
  const eligible = present.filter(({ refused }) => refused === null);
  if (eligible.every(({ state }) => state === "trusted")) {
    const some =
      eligible.length > 0 ? "all that can be trusted here is trusted" : "nothing here can be trusted as it is";
    print(present.length === 0 ? "there is nothing to trust here" : some);
    return present.length === eligible.length ? 0 : 1;
  }
  await showMeaning(eligible, c);
  if (!yes && !canAsk())
    throw new CommandError("nothing was trusted: the question needs a terminal; for scripts: fettle trust --yes");
  if (!yes && !(await askYes("\nTrust exactly this content? [y/N] "))) throw new CommandError("nothing was trusted");
  trust({ home, root }, eligible);
  print(`trusted: ${eligible.map(({ path }) => visibleLine(path)).join(", ")}`);
  return 0;
};

/** `fettle trust`: shows what a repository's own files would change, and lets them count as they stand. */
export const trustCommand = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("trust", args, {
    yes: { type: "boolean", short: "y" },
    list: { type: "boolean" },
    remove: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(trustHelp);
    return 0;
  }
  if (positionals.length > 1) throw new UsageError("one folder expected; see: fettle trust --help");
  const chosen = [values.yes, values.list, values.remove].filter((value) => value === true);
  if (chosen.length > 1) throw new UsageError("--yes, --list and --remove exclude one another");
  const home = fettleHome();
  if (values.list === true) return listTrusted(home, coloursFor(process.stdout));
  const folder = positionals[0] ?? ".";
  if (!lstatSync(folder, { throwIfNoEntry: false })) throw new UsageError(`there is no folder ${folder}`);
  const root = repositoryRoot(folder);
  return values.remove === true ? remove(home, root) : decide(home, root, values.yes === true);
};
