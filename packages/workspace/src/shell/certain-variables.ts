import { type Command, forEachChild, type ParsedScript, type Statement, type SyntaxNode, type Word } from "unbash";
import { expandWord } from "./command-words.ts";
import { literalOf } from "./words.ts";

/** What is certain of names at the place that has been reached in a script. */
export type CertainVariables = {
  readonly values: ReadonlyMap<string, string>;
  readonly functions: ReadonlySet<string>;
  /** Takes in a statement of the script itself, once it has been walked. */
  readonly learn: (statement: Statement) => void;
};

/** Builtins that change variables whose names are words of theirs. */
const assigners = new Set(
  "read mapfile readarray getopts printf unset declare typeset local readonly let wait".split(" "),
);
/** With one of these anything may change. */
const disturbing = new Set("eval source . trap".split(" "));

const refers = new Set(["declare", "typeset", "local"]);

/** The names in a word; one may be attached to an option: `printf -vX`. */
const namesIn = (text: string): string[] => {
  const option = /^-(\w{1,64})$/.exec(text)?.[1];
  return option === undefined
    ? (text.match(/[A-Za-z_]\w*/g) ?? [])
    : Array.from(option, (_, at) => option.slice(at)).filter((name) => /^[A-Za-z_]/.test(name));
};

/** How many substitutions may stand in each other. */
export const maxSubstitutions = 24;

export const isSubstitution = (node: SyntaxNode): boolean =>
  node.type === "CommandExpansion" || node.type === "ProcessSubstitution" || node.type === "ArithmeticCommandExpansion";

const countNames = (script: ParsedScript): { counts: Map<string, number>; disturbed: boolean; unsets: boolean } => {
  const counts = new Map<string, number>();
  let disturbed = false;
  let unsets = false;
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  const look = (command: Command): void => {
    const program = literalOf(command.name);
    const name = program === "builtin" || program === "command" ? literalOf(firstWord(command)) : program;
    // A computed program that is not resolved makes the whole script unclear anyway.
    if (name === null) return;
    if (disturbing.has(name)) disturbed = true;
    else if (assigners.has(name)) {
      unsets ||= name === "unset";
      // What is set through another name may be any variable.
      disturbed ||= refers.has(name) && command.args.some((item) => /^-\w*n/.test(item.text));
      for (const item of command.args) {
        const text = item.type === "Word" ? literalOf(item) : null;
        if (text !== null) for (const part of namesIn(text)) count(part);
        else if (item.type === "Word") disturbed ||= name !== "printf";
      }
    }
  };
  const visit = (node: SyntaxNode, depth: number): void => {
    // Beyond this a script is unclear anyway, and each further level would be parsed again.
    if (isSubstitution(node) && depth >= maxSubstitutions) return;
    if (node.type === "Assignment") count(node.name);
    else if (node.type === "For" || node.type === "Select") count(node.name.value);
    else if (node.type === "ParameterExpansion" && node.operation?.type === "Default") count(node.parameter);
    else if (node.type === "Command") look(node);
    const next = isSubstitution(node) ? depth + 1 : depth;
    forEachChild(node, (child) => visit(child, next));
  };
  visit(script, 0);
  return { counts, disturbed: disturbed || counts.has("IFS"), unsets };
};

const firstWord = (command: Command): Word | undefined => command.args.find((item) => item.type === "Word");

/**
 * Follows variables that a script sets once, to a literal, in a statement of its own, and functions it defines so. All
 * others are unknown.
 */
export const certainVariables = (script: ParsedScript): CertainVariables => {
  const values = new Map<string, string>();
  const functions = new Set<string>();
  const { counts, disturbed, unsets } = countNames(script);
  const learn = (statement: Statement): void => {
    if (statement.background) return;
    if (statement.command.type === "Function" && !unsets) functions.add(statement.command.name.value);
    const { command } = statement;
    if (command.type !== "Command" || disturbed) return;
    const exported = literalOf(command.name) === "export" && command.prefix.length === 0;
    if (command.name !== undefined && !exported) return;
    for (const item of exported ? command.args : command.prefix) {
      if (item.type !== "Assignment" || item.append || item.index !== undefined || counts.get(item.name) !== 1)
        continue;
      const [value, ...more] = item.value.type === "Word" ? expandWord(item.value, values) : [];
      if (value?.value == null || more.length > 0) continue;
      if (!disturbing.has(value.value) && !assigners.has(value.value)) values.set(item.name, value.value);
    }
  };
  return { values, functions, learn };
};

/** A text such as `a[$(command)]` runs the command once arithmetic reads it as a variable's name. */
export const mayHideCode = (word: Word): boolean => {
  const quoted = word.parts?.some((part) => part.type === "SingleQuoted" || part.type === "AnsiCQuoted");
  const at = quoted === true || word.text.includes("\\") ? word.value.search(/\w\[/) : -1;
  return at !== -1 && (word.value.includes("$(", at) || word.value.includes("`", at));
};
