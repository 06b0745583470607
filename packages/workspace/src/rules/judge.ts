import { onlyReads } from "../shell/read-only-commands.ts";
import { harmlessVariable, isReadOnlyScript } from "../shell/read-only-script.ts";
import { computedVariable } from "../shell/script-variables.ts";
import { type SimpleCommand, simpleCommands, writeProgram } from "../shell/simple-commands.ts";
import { builtInRules, onlyReadsRule, shellItselfRule } from "./built-in.ts";
import { leavesFolder, staysInPlace } from "./host-places.ts";
import { trustedName } from "./prefix.ts";
import { strongestRule } from "./strongest-rule.ts";
import type { Decision, JudgedCommand, Rule, Verdict } from "./types.ts";

const strictness: Readonly<Record<Decision, number>> = { allow: 0, unmatched: 1, ask: 2, never: 3 };

/** Variables that decide which code a program loads or runs. */
const loadingVariable = new RegExp(
  `^(?:PATH|IFS|CDPATH|FPATH|HOME|ZDOTDIR|XDG_CONFIG_.*|SHELL|SHELLOPTS|BASHOPTS|BASH_ENV|ENV|BASH_FUNC.*|PS[0-4]|INPUTRC
  |PROMPT_COMMAND|EDITOR|VISUAL|(?:MAN)?PAGER|BROWSER|LESS(?:OPEN|CLOSE|KEY.*)?|CC|CXX|CLASSPATH|PHPRC|GOFLAGS|GOROOT|GOPATH
  |GOENV|GNUMAKEFLAGS|MAKE(?:FILES|FLAGS)|RUSTFLAGS|RUSTC|TAR_OPTIONS|RSYNC_RSH|RIPGREP_CONFIG_PATH|GCONV_PATH|npm_config_.*
  |DOTNET_STARTUP_HOOKS|(?:CGO|BUNDLE|GEM|LUA|PHP_INI|CORECLR)_.*
  |(?:LD|DYLD|GIT|SSH|PYTHON|PERL5?|RUBY|NODE|_?JAVA|JDK|MAVEN|GRADLE|NPM_CONFIG|PIP|UV|CARGO|RUSTC)
  (?:_.*|HOME|PATH|OPT|LIB|STARTUP))$`.replace(/\s+/g, ""),
);
const exempt = /^(?:NODE_ENV|GIT_(?:AUTHOR|COMMITTER)_.*|GIT_TERMINAL_PROMPT|CARGO_TERM_COLOR)$/;
const isLoading = (name: string): boolean =>
  name === computedVariable || (loadingVariable.test(name) && !exempt.test(name));

const unmatchedWhy = (command: SimpleCommand): string =>
  command.words[0]?.value === writeProgram ? "it writes a file; no rule speaks of it" : "no rule speaks of it";

/** Outside of the sandbox only variables count as harmless that no program takes for a place or a command. */
const harmlessOnHost =
  /^(?:CI|NODE_ENV|LANG|LANGUAGE|LC_[A-Z]+|TZ|NO_COLOR|FORCE_COLOR|CLICOLOR|CLICOLOR_FORCE|TERM|COLUMNS|LINES|GIT_TERMINAL_PROMPT)$/;

const whyOf = (rule: Rule): string =>
  rule.reason ?? `a rule says ${rule.decision}${rule.run === "host" ? ", outside of the sandbox" : ""}`;

/** Builtins that change nothing but the shell that runs the script. */
const shellItself = new Set(
  `export set unset local declare typeset readonly shift return exit break continue wait jobs pushd popd dirs getopts
  shopt ulimit umask let trap times logout disown`.split(/\s+/),
);

/** Stands for what is known without any rule: that a command only reads, or only concerns the shell. */
const harmlessRule = (command: SimpleCommand, settings: readonly string[]): Rule | null => {
  const [program, ...args] = command.words;
  if (program?.value == null) return null;
  if (shellItself.has(program.value)) return shellItselfRule;
  const name = trustedName(program.value);
  if (name === null || !settings.every((setting) => harmlessVariable.test(setting))) return null;
  return onlyReads(
    name,
    args.map((word) => word.value),
  )
    ? onlyReadsRule
    : null;
};

type Around = {
  readonly rules: readonly Rule[];
  /** Variables that the script sets. */
  readonly settings: readonly string[];
  /** Nothing else runs, and nothing is piped or redirected into it. */
  readonly alone: boolean;
  /** It moves to another folder than one below. */
  readonly leaves: boolean;
};

type Settings = {
  /** A variable that decides what code is loaded. */
  readonly loading: string | undefined;
  /** A variable that is not known to be harmless outside of the sandbox. */
  readonly foreign: string | undefined;
};

/** Why a rule that allows a command does not count; null when it does. */
const discounted = (rule: Rule, { words }: SimpleCommand, { loading, foreign }: Settings, around: Around) => {
  if (rule.decision !== "allow") return null;
  if (loading !== undefined) return `${loading} is set, so no rule that allows it counts`;
  if (rule.run !== "host") return null;
  // Outside of the sandbox nothing bounds a command, so a rule counts there only for what a person could read in it.
  if (foreign !== undefined) return `${foreign} is set, so no rule that allows it outside of the sandbox counts`;
  if (rule.exact) return around.alone ? null : "the exact rule that allows it counts only for the command by itself";
  if (!around.leaves && staysInPlace(words, new Set(rule.named?.(words) ?? []))) return null;
  return "it reaches for another folder or repository, or names a program, and only an exact rule lets that out of the sandbox";
};

const judgeCommand = (command: SimpleCommand, around: Around): JudgedCommand => {
  const { text, words } = command;
  const settings = [...around.settings.filter(isLoading), ...command.settings];
  const harmless = harmlessRule(command, settings);
  const set: Settings = {
    loading: settings.find(isLoading),
    foreign: [...around.settings, ...command.settings].find((name) => !harmlessOnHost.test(name)),
  };
  const matching = [
    ...around.rules.filter((rule) => rule.matches(words)),
    ...(harmless === null ? [] : [harmless]),
  ].map((rule) => ({ rule, not: discounted(rule, command, set, around) }));
  const { rule, lifted } = strongestRule(
    matching.flatMap((one) => (one.not === null ? [one.rule] : [])),
    words,
  );
  const not = matching.find((one) => one.not !== null)?.not ?? null;
  if (rule !== null) {
    const isOpen = rule.decision === "ask" && rule.layer === "built-in" && not !== null;
    return { text, decision: rule.decision, rule, lifted, why: isOpen ? `${whyOf(rule)}; ${not}` : whyOf(rule) };
  }
  return { text, decision: "unmatched", rule, lifted, why: not ?? unmatchedWhy(command) };
};

const speaksForItself = ({ transparent }: SimpleCommand, { decision, lifted }: JudgedCommand): boolean =>
  !transparent || decision === "ask" || decision === "never" || lifted !== null;

/**
 * Says what the built-in rules and these together mean for a script: as strict as its strictest command, and `ask` at
 * least when it cannot be understood. Pure; never throws.
 */
export const judgeScript = (script: string, rules: readonly Rule[]): Verdict => {
  const found = simpleCommands(script);
  const around: Around = {
    rules: [...builtInRules, ...rules],
    settings: found.settings,
    alone: found.commands.filter(({ transparent }) => !transparent).length === 1 && !/[<|]/.test(script),
    leaves: found.commands.some(leavesFolder),
  };
  const commands: JudgedCommand[] = [];
  const unclearTexts = new Set(found.unclear.map(({ text }) => text));
  for (const command of found.commands) {
    const judged = judgeCommand(command, around);
    // What is unclear has a line of its own below.
    const again = judged.decision === "unmatched" && unclearTexts.has(judged.text);
    if (!again && speaksForItself(command, judged)) commands.push(judged);
  }
  for (const { text, why } of found.unclear) commands.push({ text, decision: "ask", rule: null, lifted: null, why });
  const readOnly = found.unclear.length === 0 && isReadOnlyScript(script);
  const strictest = commands.reduce<JudgedCommand | null>(
    (worst, one) => (worst === null || strictness[one.decision] > strictness[worst.decision] ? one : worst),
    null,
  );
  const onHost = commands.filter((one) => one.rule?.run === "host" && one.decision === "allow");
  const elsewhere = commands.filter(
    (one) => one.rule !== onlyReadsRule && one.rule !== shellItselfRule && !onHost.includes(one),
  );
  const empty: Decision = found.settings.some(isLoading) ? "unmatched" : "allow";
  return {
    decision: strictest?.decision ?? empty,
    why: strictest?.why ?? (empty === "allow" ? "it runs nothing" : "no rule speaks of it"),
    rule: strictest?.rule ?? null,
    unclear: found.unclear[0]?.why ?? null,
    readOnly,
    run: onHost.length > 0 && elsewhere.length === 0 ? "host" : "sandbox",
    commands,
  };
};
