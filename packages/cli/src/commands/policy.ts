import { loadThreadRules, repositoryRoot, withGitQuestions } from "@fettle/agent";
import { plainText } from "@fettle/protocol";
import { type JudgedCommand, loadShellAnalysis, type Verdict } from "@fettle/workspace";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { type Colours, coloursFor } from "../render/colours.ts";
import { oneLine } from "../render/plain-text.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { existingFolder } from "./exec-options.ts";
import { policyHelp } from "./help.ts";

const exitCodes = { allow: 0, unmatched: 0, ask: 3, never: 4 } as const;

/** The rules that would hold in a folder, and what a person should know of them. */
const rulesFor = async (folder: string): ReturnType<typeof loadThreadRules> => {
  const loaded = await loadThreadRules({ home: fettleHome(), root: repositoryRoot(folder) });
  const [problem] = loaded.errors;
  if (problem !== undefined) throw new CommandError(problem, 2);
  return loaded;
};

const paint = (c: Colours, decision: Verdict["decision"]): string => {
  const padded = decision.padEnd(9);
  if (decision === "allow") return c.green(padded);
  return decision === "unmatched" ? c.dim(padded) : decision === "ask" ? c.yellow(padded) : c.red(padded);
};

const commandLines = ({ text, decision, why, rule }: JudgedCommand, c: Colours): string => {
  const source = rule === null ? "" : c.dim(` (${oneLine(rule.source, 300)})`);
  return `  ${paint(c, decision)} ${oneLine(text === "" ? "the script" : text, 200)}\n            ${oneLine(why, 300)}${source}\n`;
};

const meaning = ({ decision, run, commands }: Verdict): string => {
  if (decision === "never") return "refused at every autonomy level";
  if (decision === "ask") return "asked about at every autonomy level";
  // A script leaves the sandbox as a whole or not at all.
  const stays = run === "sandbox" && commands.some((one) => one.decision === "allow" && one.rule?.run === "host");
  const where = stays ? "; it stays in the sandbox, because not all of it may leave" : "";
  if (decision === "unmatched") return `no rule decides it: the autonomy level does${where}`;
  return run === "host"
    ? "runs without a question, outside of the sandbox: with your rights, your environment and your network"
    : `runs without a question, in the sandbox${where.replace("; it stays in the sandbox", "")}`;
};

const asJson = (verdict: Verdict, notes: readonly string[]): string =>
  JSON.stringify({
    decision: verdict.decision,
    why: verdict.why,
    rule: verdict.rule?.source ?? null,
    unclear: verdict.unclear,
    read_only: verdict.readOnly,
    run: verdict.run,
    commands: verdict.commands.map(({ text, decision, why, rule }) => ({
      text,
      decision,
      why,
      rule: rule?.source ?? null,
    })),
    notes,
  });

const options = {
  json: { type: "boolean" },
  cd: { type: "string", short: "C" },
  help: { type: "boolean", short: "h" },
} as const;

const parsePolicy = (args: string[]) => {
  try {
    return parseOptions("policy", args, options);
  } catch (error) {
    // A command's own options come only behind its name.
    const inCommand = error instanceof UsageError && /^[^-]/.test(args[1] ?? "") && !args.includes("--");
    throw inCommand ? new UsageError(`${error.message}; put -- before the command`) : error;
  }
};

/** `fettle policy check`: what the rules say of a command, and which rule says it. */
export const policy = async (args: string[]): Promise<number> => {
  const { values, positionals } = parsePolicy(args);
  if (values.help === true) {
    process.stdout.write(policyHelp);
    return 0;
  }
  const [action, ...words] = positionals;
  if (action !== "check") throw new UsageError("usage: fettle policy check [--json] [-C DIR] -- COMMAND…");
  if (words.every((word) => word.trim() === ""))
    throw new UsageError("a command is needed: fettle policy check -- COMMAND…");
  const { rules, notes } = await rulesFor(existingFolder(values.cd ?? ".", "-C"));
  const { joinWords, judgeScript } = await loadShellAnalysis();
  // One word is a script; several are the words of one command.
  const [only = ""] = words;
  const script = words.length === 1 ? only : joinWords(words);
  const verdict = withGitQuestions(script, judgeScript(script, rules));
  if (values.json === true) process.stdout.write(`${asJson(verdict, notes)}\n`);
  else {
    const c = coloursFor(process.stdout);
    process.stdout.write(`${paint(c, verdict.decision).trim()}: ${meaning(verdict)}\n`);
    for (const command of verdict.commands) process.stdout.write(commandLines(command, c));
    for (const note of notes) process.stderr.write(`note: ${plainText(note)}\n`);
  }
  return exitCodes[verdict.decision];
};
