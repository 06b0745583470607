import type { CommandWord } from "../shell/command-words.ts";
import { baseName } from "../shell/simple-commands.ts";
import { type CommandArguments, readArguments } from "./arguments.ts";
import type { Rule } from "./types.ts";

/** Each built-in rule carries commands that it speaks of, and similar ones that it does not; tests hold it to them. */
export type BuiltInRule = Rule & { readonly match: readonly string[]; readonly notMatch: readonly string[] };

type Definition = {
  readonly name: string;
  readonly decision: "ask" | "never";
  readonly reason: string;
  readonly precision: number;
  readonly run?: "host";
  /** Names, separated by blanks, or a pattern. */
  readonly programs: string | RegExp;
  readonly test: (args: CommandArguments, program: string) => boolean;
  /** Which words behind the program raise the question; absent: all of them. */
  readonly triggers?: (args: CommandArguments, program: string) => readonly CommandWord[];
  readonly match: readonly string[];
  readonly notMatch: readonly string[];
};

/** `test` gets the words behind the program's name. */
export const builtInRule = (definition: Definition): BuiltInRule => {
  const { name, decision, reason, precision, programs, test, match, notMatch } = definition;
  const names = typeof programs === "string" ? new Set(programs.split(/\s+/)) : null;
  const isMeant = (program: string): boolean =>
    names === null ? programs instanceof RegExp && programs.test(program) : names.has(program);
  const matches = ([first, ...rest]: readonly CommandWord[]): boolean => {
    if (first?.value == null) return false;
    const program = baseName(first.value);
    return isMeant(program) && test(readArguments(rest), program);
  };
  const triggers = (words: readonly CommandWord[]): readonly CommandWord[] => {
    const [first, ...rest] = words;
    if (first === undefined || definition.triggers === undefined) return words;
    return [first, ...definition.triggers(readArguments(rest), baseName(first.value ?? ""))];
  };
  const source = `built-in: ${name}`;
  return {
    layer: "built-in",
    source,
    decision,
    reason,
    precision,
    run: definition.run ?? "sandbox",
    matches,
    exact: false,
    triggers,
    match,
    notMatch,
  };
};
