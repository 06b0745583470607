import { deleteRules } from "./built-in-delete.ts";
import { gitRules } from "./built-in-git.ts";
import type { BuiltInRule } from "./built-in-rule.ts";
import { systemRules } from "./built-in-systems.ts";
import type { Rule } from "./types.ts";

/** What is asked about or refused before anybody writes a rule. Judging always takes these in. */
export const builtInRules: readonly BuiltInRule[] = [...deleteRules, ...gitRules, ...systemRules];

const harmless = (name: string, reason: string): Rule => ({
  layer: "built-in",
  source: `built-in: ${name}`,
  decision: "allow",
  reason,
  run: "sandbox",
  matches: () => false,
  precision: 1,
  exact: false,
});

/* These two stand for knowledge about single commands; which ones, is decided where a command is judged. */
export const onlyReadsRule: Rule = harmless("only reads", "it only reads");
export const shellItselfRule: Rule = harmless("the shell itself", "it only concerns the shell that runs the script");
