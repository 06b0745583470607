import type { ProposalOptions } from "../rules/propose.ts";
import type { ProposalReview } from "../rules/review-proposal.ts";
import type { Layer, Rule, RulesRead, ToolRule, ToolVerdict, Verdict } from "../rules/types.ts";
import type { ImpliedCommands } from "./implied-commands.ts";
import type { PatchInScript } from "./patch-in-script.ts";

/** What can be told of a script without running it, and what rules say of it. */
export type ShellAnalysis = {
  isReadOnlyScript(script: string): boolean;
  impliedCommands(script: string): ImpliedCommands;
  patchInScript(script: string): PatchInScript | null;
  /** The built-in rules are always taken in. */
  judgeScript(script: string, rules: readonly Rule[]): Verdict;
  readRules(text: string, place: { file: string; layer: Layer }): RulesRead;
  /** Rules, as the text of a file, that would allow the script; null when none is sensible. */
  proposeRule(script: string, rules?: readonly Rule[], options?: ProposalOptions): string | null;
  /** What rules that somebody wrote as the answer to a question about the script would mean. */
  reviewProposal(script: string, rules: readonly Rule[], text: string): ProposalReview;
  /** A rules file's text with this rule added at the end. */
  appendRule(fileText: string, ruleText: string): string;
  /** What rules say of a tool of an MCP server. */
  judgeTool(rules: readonly ToolRule[], asked: { server: string; tool: string }): ToolVerdict;
  /** The rule that allows one tool, as the text of a file. */
  toolRuleText(asked: { server: string; tool: string }): string;
  /** Quotes words so that they are one simple command. */
  joinWords(words: readonly string[]): string;
};

let loaded: Promise<ShellAnalysis> | null = null;

/** The first script of a process takes some 5 ms, for the code is compiled with it; that belongs to loading. */
const warm = (analysis: ShellAnalysis): ShellAnalysis => {
  analysis.judgeScript("ls", []);
  return analysis;
};

/** Loads the shell's grammar, some 10 ms, on first use: to be called once something else is being waited for. */
export const loadShellAnalysis = (): Promise<ShellAnalysis> => {
  loaded ??= import("./analysis.ts").then(warm);
  return loaded;
};
