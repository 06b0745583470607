import { parse } from "smol-toml";
import * as z from "zod/mini";
import { joinWords } from "../shell/join-words.ts";
import { simpleCommands, writeProgram } from "../shell/simple-commands.ts";
import { judgeScript } from "./judge.ts";
import { readRules } from "./read-rules.ts";
import type { Rule, Verdict } from "./types.ts";

/** What rules that somebody wrote for a question would mean, or why they cannot answer it. */
export type ProposalReview =
  | {
      readonly ok: true;
      /** What would be said of the script with them. */
      readonly verdict: Verdict;
      /** What each allows, in words. */
      readonly allows: readonly string[];
    }
  | { readonly ok: false; readonly why: string };

type Prefix = readonly (string | readonly string[])[];

const proposed = z.object({
  rule: z.array(
    z.object({
      prefix: z.array(z.union([z.string(), z.array(z.string())])),
      exact: z.optional(z.boolean()),
      run: z.optional(z.string()),
    }),
  ),
});
type Entry = z.infer<typeof proposed>["rule"][number];

const file = "the rule";

const shown = (prefix: Prefix): string =>
  prefix.map((place) => (typeof place === "string" ? joinWords([place]) : `(${place.join("|")})`)).join(" ");

const inWords = ({ prefix, exact, run }: Entry): string => {
  const what = exact === true ? `exactly: ${shown(prefix)}` : `everything that begins with: ${shown(prefix)}`;
  return run === "host" ? `OUTSIDE OF THE SANDBOX, ${what}` : what;
};

/** More combinations than this are no rule that a person wrote for one question. */
const mostSpellings = 200;

/** The commands that a prefix spells out by itself, one for each choice of its words. */
const spellings = (prefix: Prefix): string[][] =>
  prefix.reduce<string[][]>(
    (before, place) =>
      before.flatMap((words) => (typeof place === "string" ? [place] : place).map((word) => [...words, word])),
    [[]],
  );

const forbidden = (prefix: Prefix, rules: readonly Rule[]): string | null => {
  const count = prefix.reduce((product, place) => product * (typeof place === "string" ? 1 : place.length), 1);
  if (count > mostSpellings) return "it stands for too many commands; name fewer words";
  for (const words of spellings(prefix)) {
    const script = words[0] === writeProgram ? `> ${joinWords(words.slice(1))}` : joinWords(words);
    const { decision, why } = judgeScript(script, rules);
    if (decision === "never") return `${script} never runs (${why}), and no rule lifts that`;
  }
  return null;
};

const uselessness = (script: string, rule: Rule): string =>
  simpleCommands(script).commands.some(({ words }) => rule.matches(words))
    ? "does not count here: it must name every word that raised the question"
    : "speaks of no command here";

/**
 * Reads rules that were written, by a person or program, as the answer to a question about `script`. Each must allow
 * something, decide about a command of this script, and spell out nothing that never runs.
 */
export const reviewProposal = (script: string, rules: readonly Rule[], text: string): ProposalReview => {
  const read = readRules(text, { file, layer: "user" });
  // A line's number says little of one rule.
  if (!read.ok) return { ok: false, why: read.message.replace(/^the rule:\d+: /, "") };
  if (read.tools.length > 0) return { ok: false, why: "it speaks of tools, which were not asked about" };
  if (read.rules.length === 0) return { ok: false, why: "it holds no rule" };
  const entries = z.parse(proposed, parse(text)).rule;
  for (const [index, rule] of read.rules.entries()) {
    const prefix = entries[index]?.prefix ?? [];
    if (rule.decision !== "allow") return { ok: false, why: `it says ${rule.decision}; here only allow is an answer` };
    const never = forbidden(prefix, rules);
    if (never !== null) return { ok: false, why: never };
    if (!judgeScript(script, [...rules, rule]).commands.some((command) => command.rule === rule))
      return { ok: false, why: `${shown(prefix)} ${uselessness(script, rule)}` };
  }
  return { ok: true, verdict: judgeScript(script, [...rules, ...read.rules]), allows: entries.map(inWords) };
};
