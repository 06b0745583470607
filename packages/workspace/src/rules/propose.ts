import type { CommandWord } from "../shell/command-words.ts";
import { joinWords } from "../shell/join-words.ts";
import { baseName, type SimpleCommand, simpleCommands } from "../shell/simple-commands.ts";
import { judgeScript } from "./judge.ts";
import { trustedName, withoutGitOptions } from "./prefix.ts";
import { readRules } from "./read-rules.ts";
import type { Rule } from "./types.ts";

const maxRules = 3;

/** Programs whose first words name what they do, and how many of them, the program's own included. */
const depths: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    `git npm pnpm yarn bun cargo go make just task pip pip3 uv poetry bundle rake gem composer mix dotnet mvn gradle tox nox
    apt apt-get brew deno swift zig stack cabal rustup nvm pyenv hatch pdm rye turbo nx lerna ng vite helm terraform`
      .split(/\s+/)
      .map((name) => [name, 2]),
  ),
  ...Object.fromEntries("docker podman gh kubectl aws gcloud az".split(" ").map((name) => [name, 3])),
};
/** Subcommands that say what they do with one more word. */
const deeper = new Set(["run", "run-script", "exec", "push", "pull", "fetch", "tool", "compose"]);

/** Programs that do one kind of thing whatever their words are. */
const single = new Set(
  `mkdir touch cp mv ln tsc pytest jest vitest mocha eslint prettier biome ruff mypy black flake8 pylint rspec phpunit
  ctest ninja gofmt rustfmt clang-format shellcheck tar gzip gunzip unzip zip patch diff tee cmake gcc g++ clang rustc javac`.split(
    /\s+/,
  ),
);

const plainWord = /^[A-Za-z0-9][\w.:@/-]*$/;

const exact = (words: readonly CommandWord[]): string[] | null => {
  const values = words.map((word) => word.value);
  return values.every((value) => value !== null) ? values : null;
};

/** The words that a rule for such commands should name; null when they are not known. */
const prefixOf = (words: readonly CommandWord[]): string[] | null => {
  const bare = withoutGitOptions(words);
  if (bare !== null && !bare.harmless) return exact(words);
  const shown = bare?.words ?? words;
  const program = shown[0]?.value ?? "";
  const name = trustedName(program) ?? baseName(program);
  if (single.has(name)) return [program];
  const depth = depths[name];
  if (depth === undefined) return exact(words);
  const prefix = [program];
  let wanted = depth;
  for (const word of shown.slice(1)) {
    if (prefix.length >= wanted || word.value === null || !plainWord.test(word.value)) break;
    if (prefix.length === 1 && deeper.has(word.value)) wanted += 1;
    prefix.push(word.value);
  }
  return prefix.length === 1 ? exact(words) : prefix;
};

/** A TOML basic string. JSON's escapes are TOML's, but for one control character that JSON leaves as it is. */
const toml = (text: string): string => JSON.stringify(text).replaceAll("\u007f", "\\u007F");
const tomlList = (words: readonly string[]): string => `[${words.map(toml).join(", ")}]`;

type Proposed = { readonly prefix: readonly string[]; readonly exact: boolean };

const ruleText = ({ prefix, exact: whole }: Proposed, run: "sandbox" | "host"): string => {
  const example = prefix[0] === ">" ? `> ${joinWords(prefix.slice(1))}` : joinWords(prefix);
  const lines = [
    `prefix = ${tomlList(prefix)}`,
    'decision = "allow"',
    ...(run === "host" ? ['run = "host"'] : []),
    ...(whole ? ["exact = true"] : []),
  ];
  return `[[rule]]\n${lines.join("\n")}\nmatch = ${tomlList([example])}\n`;
};

type Wanted = {
  readonly rules: readonly Rule[];
  /** What no rule speaks of runs in the sandbox without a question, so it needs no rule. */
  readonly unmatchedRuns: boolean;
};

const file = "proposed rules";
/** Whether nothing of the script would be a question any more. */
const settles = (script: string, wanted: Wanted, text: string, place: "sandbox" | "host"): boolean => {
  const read = readRules(text, { file, layer: "user" });
  if (!read.ok) return false;
  const { decision, run } = judgeScript(script, [...wanted.rules, ...read.rules]);
  return run === place && (decision === "allow" || (decision === "unmatched" && wanted.unmatchedRuns));
};

const runOf = (commands: readonly { readonly rule: Rule | null }[]): "sandbox" | "host" =>
  commands.some(({ rule }) => rule?.run === "host") ? "host" : "sandbox";

/** Those that would be asked about; a wrapper only when there is a question about itself. */
const needing = (script: string, { rules, unmatchedRuns }: Wanted): SimpleCommand[] =>
  simpleCommands(script).commands.filter((command) => {
    const decision = judgeWords(command, rules);
    return decision !== "allow" && (decision !== "unmatched" || !(command.transparent || unmatchedRuns));
  });

/** What is said of the command itself; a wrapper of which nothing is said stands behind what it starts. */
const judgeWords = (command: SimpleCommand, rules: readonly Rule[]): string => {
  const values = exact(command.words);
  if (values === null) return command.transparent ? "unmatched" : "ask";
  const script = values[0] === ">" ? `> ${joinWords(values.slice(1))}` : joinWords(values);
  const itself = simpleCommands(script).commands[0]?.text;
  return judgeScript(script, rules).commands.find(({ text }) => text === itself)?.decision ?? "unmatched";
};

export type ProposalOptions = {
  /** Where the rules let it run; by itself that is the host for what is asked about there (`git push`). */
  readonly run?: "sandbox" | "host" | undefined;
  /** Whether what no rule speaks of runs without a question in the sandbox. False when it is not said. */
  readonly unmatchedRuns?: boolean;
};

/**
 * The text of the rules with which this script would run without a question from now on, at most three, for those of
 * its commands only that were asked about; null when it cannot be understood, may never run, or would need more.
 */
export const proposeRule = (
  script: string,
  rules: readonly Rule[] = [],
  { run, unmatchedRuns = false }: ProposalOptions = {},
): string | null => {
  const verdict = judgeScript(script, rules);
  if (verdict.unclear !== null || verdict.decision === "never" || verdict.decision === "allow") return null;
  const place = run ?? runOf(verdict.commands.filter((command) => command.decision === "ask"));
  // Outside of the sandbox a script runs only when each of its commands is allowed there.
  const wanted: Wanted = { rules, unmatchedRuns: unmatchedRuns && place === "sandbox" };
  const commands = needing(script, wanted);
  for (const choose of place === "host" ? [exact] : [prefixOf, exact]) {
    const proposed = commands.map((command): Proposed | null => {
      // What is asked about is asked about because of all its words, and on the host nothing else bounds it.
      const whole = place === "host" || judgeWords(command, rules) === "ask";
      const prefix = whole ? exact(command.words) : choose(command.words);
      return prefix === null ? null : { prefix, exact: whole };
    });
    const texts = [...new Set(proposed.flatMap((one) => (one === null ? [] : [ruleText(one, place)])))];
    if (proposed.includes(null)) continue;
    const text = texts.join("\n");
    if (texts.length > 0 && texts.length <= maxRules && settles(script, wanted, text, place)) return text;
  }
  return null;
};
