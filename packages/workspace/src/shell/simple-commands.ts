import { type Assignment, type Command, forEachChild, type Redirection, type SyntaxNode, type Word } from "unbash";
import { type CertainVariables, certainVariables, maxSubstitutions, mayHideCode } from "./certain-variables.ts";
import { type CommandWord, expandWord, literalWord, unknownWord } from "./command-words.ts";
import { isForkBomb } from "./fork-bomb.ts";
import { gitLooks } from "./git-wrappers.ts";
import type { Inside, Look } from "./inside.ts";
import { optionLooks } from "./option-wrappers.ts";
import { parseScript } from "./parse-script.ts";
import { runnerLooks } from "./runner-wrappers.ts";
import { codeInVariable, setByBuiltin, setByNode } from "./script-variables.ts";
import { searchLooks } from "./search-wrappers.ts";
import { shellLooks } from "./shell-wrappers.ts";
import { systemLooks } from "./system-wrappers.ts";
import { terminalLooks } from "./terminal-wrappers.ts";
import { wrapperLooks } from "./wrappers.ts";

/** One simple command, wherever in a script it stands. */
export type SimpleCommand = {
  /** The program first; at least one. */
  readonly words: readonly CommandWord[];
  /** On one line, for people. */
  readonly text: string;
  /** Counts only if it is asked about or forbidden: it just starts others that are listed too, or another one answers for it. */
  readonly transparent: boolean;
  /** Variables that are set for it. */
  readonly settings: readonly string[];
};

export type ScriptCommands = {
  readonly commands: readonly SimpleCommand[];
  /** What cannot be understood, so that there may be commands that are not listed. */
  readonly unclear: readonly { readonly text: string; readonly why: string }[];
  /** Variables that the script sets for all that follows. */
  readonly settings: readonly string[];
};

/** Stands for the program's name where a redirection writes: `> FILE`. */
export const writeProgram = ">";
/** Stands for the program's name where a function starts itself over and over. */
export const forkBombProgram = ":fork bomb:";

const maxLength = 100_000;
const maxDepth = 16;
const maxCommands = 2_000;

const looks: Readonly<Record<string, Look>> = {
  ...wrapperLooks,
  ...shellLooks,
  ...searchLooks,
  ...gitLooks,
  ...runnerLooks,
  ...systemLooks,
  ...optionLooks,
  ...terminalLooks,
};

type Walk = {
  readonly commands: SimpleCommand[];
  readonly unclear: { text: string; why: string }[];
  readonly settings: string[];
  hiddenCode: boolean;
  evaluates: boolean;
};
type Scope = {
  readonly walk: Walk;
  readonly depth: number;
  readonly certain: CertainVariables;
  readonly posix: boolean;
  readonly substitutions: number;
  /** See `Inside`. */
  readonly hinting: boolean;
  /** Variables that whatever runs the script sets for it. */
  readonly settings: readonly string[];
};

/** The last part of a program's path. */
export const baseName = (program: string): string => program.slice(program.lastIndexOf("/") + 1);

const maxText = 200;
const oneLine = (text: string): string => {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > maxText ? `${line.slice(0, maxText - 1)}…` : line;
};
const textOf = (words: readonly CommandWord[]): string => oneLine(words.map((word) => word.text).join(" "));

/** Builtins that evaluate the index in a variable's name. */
const evaluators = new Set(
  "test [ printf read unset let declare typeset local readonly export wait mapfile".split(" "),
);

const addUnclear = (scope: Scope, text: string, why: string): void => {
  scope.walk.unclear.push({ text: oneLine(text), why });
};

const walkScript = (text: string, scope: Scope, posix = scope.posix): void => {
  if (scope.depth >= maxDepth) addUnclear(scope, text, "scripts are nested too deeply in it");
  else if (text.length > maxLength) addUnclear(scope, text, "the script is too long to be judged");
  else {
    const parsed = parseScript(text);
    visit(parsed, {
      walk: scope.walk,
      depth: scope.depth + 1,
      certain: certainVariables(parsed),
      posix,
      substitutions: scope.substitutions,
      hinting: scope.hinting,
      settings: scope.settings,
    });
  }
};

const addInner = (
  inside: Inside,
  settings: readonly string[],
  redirects: readonly Redirection[],
  outer: Scope,
): void => {
  const scope = { ...outer, hinting: outer.hinting || inside.hinting === true };
  for (const inner of inside.inner) {
    if ("script" in inner) walkScript(inner.script, { ...scope, settings }, inner.posix);
    else addCommand(inner.words, [...settings, ...inner.settings], redirects, { ...scope, depth: scope.depth + 1 });
  }
};

const addCommand = (
  words: readonly CommandWord[],
  settings: readonly string[],
  redirects: readonly Redirection[],
  scope: Scope,
): void => {
  const { walk } = scope;
  const [program] = words;
  if (program === undefined) return;
  const text = textOf(words);
  if (walk.commands.length >= maxCommands || scope.depth > maxDepth) {
    if (walk.unclear.length < maxCommands) addUnclear(scope, text, "there are too many commands to be judged");
    return;
  }
  if (program.value === null) {
    addUnclear(scope, text, "the program's name is known only when it runs");
    return;
  }
  if (evaluators.has(program.value)) walk.evaluates = true;
  walk.settings.push(...setByBuiltin(words));
  const name = baseName(program.value);
  const inside = Object.hasOwn(looks, name) ? (looks[name]?.(words, redirects) ?? null) : null;
  if (inside?.unclear != null) addUnclear(scope, text, inside.unclear);
  const transparent = scope.hinting || (inside?.transparent ?? false);
  walk.commands.push({ words: inside?.outer ?? words, text, transparent, settings });
  if (inside === null) return;
  for (const word of words) lookAtSetting(word, scope);
  addInner(inside, settings, redirects, scope);
};

const wordsOf = (command: Command, scope: Scope): CommandWord[] => {
  const expand = (word: Word): CommandWord[] => expandWord(word, scope.certain.values);
  const assigned = (item: Assignment): CommandWord => {
    const [value, ...more] = item.value.type === "Word" ? expand(item.value) : [];
    return value?.value == null || more.length > 0
      ? unknownWord(item.text, { splits: false, mayBeOption: false })
      : { ...literalWord(`${item.name}=${value.value}`), text: item.text };
  };
  const args = command.args.flatMap((item) => (item.type === "Word" ? expand(item) : [assigned(item)]));
  return command.name === undefined ? args : [...expand(command.name), ...args];
};

/** A variable may hold a command for a program to run later. */
const lookAtVariable = (name: string, value: string | null, text: string, scope: Scope): void => {
  const kind = codeInVariable(name);
  if (kind === null) return;
  if (value === null || name === "GIT_CONFIG_PARAMETERS")
    addUnclear(scope, text, "a variable that programs run is computed");
  else walkScript(value.replace(/^!/, ""), kind === "code" ? scope : { ...scope, hinting: true });
};

const lookAtAssignment = (item: Assignment, scope: Scope): void => {
  const [value] = item.value.type === "Word" ? expandWord(item.value, scope.certain.values) : [];
  lookAtVariable(item.name, value?.value ?? null, item.text, scope);
};

/** `env PAGER=…`, `sudo EDITOR=…`: the same, set by a wrapper. */
const lookAtSetting = (word: CommandWord, scope: Scope): void => {
  const [, name = "", value = ""] = /^([A-Z_0-9]+)=(.*)$/s.exec(word.value ?? word.shown) ?? [];
  lookAtVariable(name, word.value === null ? null : value, word.text, scope);
};

const visitCommand = (command: Command, scope: Scope): void => {
  const assignments = command.prefix.filter((item) => item.type === "Assignment");
  const names = [...scope.settings, ...assignments.map((item) => item.name)];
  const words = wordsOf(command, scope);
  const [program] = words;
  if (program === undefined) scope.walk.settings.push(...names);
  const own = command.name !== undefined && scope.certain.functions.has(program?.value ?? "");
  if (!own) addCommand(words, names, command.redirects, scope);
  forEachChild(command, (child) => visit(child, scope));
};

const harmlessTarget = /^(?:\/dev\/(?:null|stdout|stderr|tty|fd\/\d+)|-|\d+)$/;

const visitRedirect = (node: Extract<Redirection, { type: "Redirect" }>, scope: Scope): void => {
  const { operator, target } = node;
  if (target !== undefined && /^(?:>|>>|>\||&>|&>>|>&|<>)$/.test(operator)) {
    const [first = unknownWord(target.text, { splits: true, mayBeOption: false })] = expandWord(
      target,
      scope.certain.values,
    );
    if (!harmlessTarget.test(first.value ?? "")) {
      addCommand([{ ...literalWord(writeProgram), text: operator }, first], [], [], scope);
    }
  }
  forEachChild(node, (child) => visit(child, scope));
};

const visitSubstitution = (node: SyntaxNode, scope: Scope): void => {
  const inner = { ...scope, substitutions: scope.substitutions + 1 };
  if (inner.substitutions > maxSubstitutions) addUnclear(scope, "", "substitutions are nested too deeply in it");
  else forEachChild(node, (child) => visit(child, inner));
};

const visit = (node: SyntaxNode, scope: Scope): void => {
  const set = setByNode(node);
  if (set !== null) scope.walk.settings.push(set);
  switch (node.type) {
    case "Script": {
      const [error] = node.errors ?? [];
      if (error !== undefined) addUnclear(scope, "", `the script has a syntax error: ${error.message}`);
      for (const statement of node.commands) {
        visit(statement, scope);
        scope.certain.learn(statement);
      }
      return;
    }
    case "Command":
      visitCommand(node, scope);
      return;
    case "Redirect":
      visitRedirect(node, scope);
      return;
    case "Function":
      if (isForkBomb(node)) scope.walk.commands.push({ ...forkBomb, text: `${node.name.text}() { … }` });
      break;
    case "Assignment":
      lookAtAssignment(node, scope);
      break;
    case "Replace":
      // A slash inside a substitution is taken for the one that ends the pattern.
      if (/\$\(|`/.test(node.pattern.text + node.replacement.text))
        addUnclear(scope, "", "a command in a replacement is not understood");
      break;
    case "Transform":
      addUnclear(scope, "", "a variable's content is evaluated");
      break;
    case "TestCommand":
    case "ArithmeticCommand":
      if (scope.posix) addUnclear(scope, "", "this shell reads (( and [[ in another way");
      scope.walk.evaluates = true;
      break;
    case "ArithmeticFor":
    case "ArithmeticExpansion":
      scope.walk.evaluates = true;
      break;
    case "CommandExpansion":
    case "ProcessSubstitution":
    case "ArithmeticCommandExpansion":
      visitSubstitution(node, scope);
      return;
    case "Word":
      scope.walk.hiddenCode ||= mayHideCode(node);
      break;
    default:
  }
  forEachChild(node, (child) => visit(child, scope));
};

const forkBomb = { words: [literalWord(forkBombProgram)], transparent: false, settings: [] };

/**
 * Lists every simple command of a script: in pipes, loops, functions, substitutions and here-documents, and behind
 * programs that start others. A redirection that writes counts as the command `>`. Runs nothing and never throws.
 */
export const simpleCommands = (script: string): ScriptCommands => {
  const walk: Walk = { commands: [], unclear: [], settings: [], hiddenCode: false, evaluates: false };
  const certain: CertainVariables = { values: new Map(), functions: new Set(), learn: () => {} };
  const scope: Scope = { walk, depth: 0, certain, posix: false, substitutions: 0, hinting: false, settings: [] };
  try {
    walkScript(script, scope);
  } catch (error) {
    // Whatever is nested so deeply that the stack overflows.
    if (!(error instanceof RangeError)) throw error;
    addUnclear(scope, "", "the script is nested too deeply");
  }
  if (walk.hiddenCode && walk.evaluates) addUnclear(scope, "", "an index with a command in it may be evaluated");
  return walk;
};
