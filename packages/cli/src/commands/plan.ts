import { existsSync, lstatSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { parsePlan } from "@fettle/agent";
import { parseOptions } from "../options.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { execute } from "./exec.ts";
import { existingFolder, parseExec, readPrompt } from "./exec-options.ts";
import { planHelp } from "./help.ts";

const options = {
  output: { type: "string", short: "o" },
  force: { type: "boolean" },
  model: { type: "string", short: "m" },
  cd: { type: "string", short: "C" },
  config: { type: "string", short: "c", multiple: true },
  "max-cost": { type: "string" },
  "max-tokens": { type: "string" },
  "skip-git-repo-check": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** What the model is to do instead of the work itself. */
export const planWords = (what: string): string => `Plan this, and change nothing:
${what}

Look at the repository first, as far as the plan depends on it. Then answer with the plan alone, as one Markdown file:
- a heading, and in a few lines what is to be reached and what was found
- the steps in the order of the work, small enough that each can be proved, each as
- [ ] what holds once the step is done
  verify: \`a command that exits 0 exactly when it holds, and fails now\`
- Leave verify: out only where no command can prove a step. Commands run in the repository's folder, without a network and without anybody to type.
- Where a decision is a person's, put it below its step as
  > question: what is to be decided`;

/** The plan in an answer: a fenced Markdown block that holds steps, else all of it. Null when there are no steps. Pure. */
export const planIn = (answer: string): string | null => {
  const blocks = [...answer.matchAll(/^(`{3,}|~{3,})(?:markdown|md)?[ \t]*\n([\s\S]*?)^\1[ \t]*$/gm)];
  const found = [...blocks.map(([, , block = ""]) => block), answer].find((text) => parsePlan(text).length > 0);
  return found === undefined ? null : `${found.trim()}\n`;
};

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

const writePlan = (path: string, text: string, force: boolean): void => {
  try {
    // `wx` also refuses what came to be there while the model worked.
    writeFileSync(path, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    throw new CommandError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
};

/** `fettle plan`: one turn that only reads and answers with a plan, which is written to a file for `exec --goal`. */
export const plan = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("plan", args, options);
  if (values.help === true) {
    process.stdout.write(planHelp);
    return 0;
  }
  if (positionals.length > 1) throw new UsageError("one description expected; put quotes around it");
  const name = values.output ?? "PLAN.md";
  const path = resolve(existingFolder(values.cd ?? ".", "-C"), name);
  const force = values.force === true;
  if (isLink(path)) throw new CommandError(`${path} is a symbolic link; choose another file with -o`, 2);
  if (existsSync(path) && !force)
    throw new CommandError(`${path} is there already; --force overwrites it, -o FILE writes another`, 2);
  const [given] = positionals;
  const words = planWords(await readPrompt(given === undefined || given === "-" ? null : given));
  const passed = ["model", "cd", "max-cost", "max-tokens"] as const;
  const flags = [
    ...passed.flatMap((flag) => (values[flag] === undefined ? [] : [`--${flag}=${values[flag]}`])),
    ...(values.config ?? []).map((value) => `--config=${value}`),
    ...(values["skip-git-repo-check"] === true ? ["--skip-git-repo-check"] : []),
  ];
  const parsed = parseExec([...flags, "--sandbox=read-only", "--", words]);
  if (parsed === null) return 0;
  const { code, answer } = await execute(parsed);
  if (code !== 0) return code;
  const text = planIn(answer);
  if (text === null) throw new CommandError('the answer has no steps ("- [ ] …"), so no plan was written');
  if (isLink(path)) throw new CommandError(`${path} has become a symbolic link, so no plan was written`);
  writePlan(path, text, force);
  const shown = relative(process.cwd(), path);
  process.stderr.write(
    `${shown}: ${parsePlan(text).length} steps. Look them through, then: fettle exec --goal ${shown}\n`,
  );
  return 0;
};
