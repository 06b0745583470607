import type { CommandWord } from "../shell/command-words.ts";

/*
 * Rules say which commands may run without a question, which are asked about, and which never run. They judge what a
 * script says, not what its programs do: the sandbox bounds that.
 */

/** Strictest last. `unmatched`: no rule speaks of it, so the autonomy level decides. */
export type Decision = "allow" | "unmatched" | "ask" | "never";

/** Where a rule comes from. A later layer's `allow` outweighs an earlier one's `ask`; a `never` of any layer stays. */
export type Layer = "built-in" | "project" | "user" | "thread";

export type Rule = {
  readonly layer: Layer;
  /** How a person finds it: `built-in: force push`, `/home/me/.fettle/rules.toml:12`. */
  readonly source: string;
  readonly decision: Exclude<Decision, "unmatched">;
  readonly reason: string | null;
  /** Inside the sandbox as usual, or on the host, with the user's own rights; for `ask` it says so of the allowed form. */
  readonly run: "sandbox" | "host";
  /** Whether it speaks of this command, program first. What is not known matches `ask` and `never`, and no `allow`. */
  readonly matches: (words: readonly CommandWord[]) => boolean;
  /** How many words must be equal at least: a more precise rule is one with more. */
  readonly precision: number;
  /** Speaks of one command only: its words are all there is. */
  readonly exact: boolean;
  /** The words of a command, out of those given, that the rule names. Only of `allow` rules in files. */
  readonly named?: (words: readonly CommandWord[]) => readonly CommandWord[];
  /** For `ask`: the words that raise the question. Whatever allows it must name all of them. Absent: precision decides. */
  readonly triggers?: (words: readonly CommandWord[]) => readonly CommandWord[];
};

/** One simple command of a script, and what was said of it. */
export type JudgedCommand = {
  /** As the script has it, on one line. */
  readonly text: string;
  readonly decision: Decision;
  /** The rule that decided; null when none did. */
  readonly rule: Rule | null;
  /** The question that this rule lifted; null when there was none. */
  readonly lifted: Rule | null;
  /** One line for a person. */
  readonly why: string;
};

/** What all rules together say of a script: as strict as its strictest command. */
export type Verdict = {
  readonly decision: Decision;
  readonly why: string;
  readonly rule: Rule | null;
  /** Set when the script cannot be understood (computed program, `eval`, syntax error): says what. Its decision is `ask` at least. */
  readonly unclear: string | null;
  /** Every simple command is known to only read. */
  readonly readOnly: boolean;
  /** `host` only if every command that is not read-only has a rule which allows it there. */
  readonly run: "sandbox" | "host";
  readonly commands: readonly JudgedCommand[];
};

/** A rule about tools of an MCP server, which run outside of the sandbox. */
export type ToolRule = {
  readonly layer: Layer;
  /** How a person finds it: `/home/me/.fettle/rules.toml:12`. */
  readonly source: string;
  readonly decision: Exclude<Decision, "unmatched">;
  readonly reason: string | null;
  readonly server: string;
  /** Null: all of the server's. */
  readonly tools: readonly string[] | null;
};

/** What all rules together say of one tool. */
export type ToolVerdict = { readonly decision: Decision; readonly why: string; readonly rule: ToolRule | null };

/** What a rules file holds, or why it counts for nothing. Each message names the file, the line and the remedy. */
export type RulesRead =
  | { readonly ok: true; readonly rules: readonly Rule[]; readonly tools: readonly ToolRule[] }
  /** `kept`, `keptTools`: those of its rules that ask and forbid and are sound by themselves. */
  | {
      readonly ok: false;
      readonly message: string;
      readonly kept: readonly Rule[];
      readonly keptTools: readonly ToolRule[];
    };
