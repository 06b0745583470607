import type { CommandWord } from "./command-words.ts";
import { computedVariable } from "./script-variables.ts";

/** Which options a program takes in front of the command that it runs. */
export type WrapperOptions = {
  readonly flags: ReadonlySet<string>;
  /** Options that take a value, attached or as the next word. */
  readonly valued: ReadonlySet<string>;
  /** Words between the options and the command: the duration of `timeout`. */
  readonly operands: number;
  /** `NAME=value` words may stand before the command. */
  readonly assignments: boolean;
  /** Further words that are options by themselves. */
  readonly pattern: RegExp | null;
};

const set = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/).filter((name) => name !== ""));

/** Short names stand as single letters, long ones without dashes. */
export const wrapperOptions = (
  flags: string,
  valued = "",
  more: { operands?: number; assignments?: boolean; pattern?: RegExp } = {},
): WrapperOptions => ({
  flags: set(flags),
  valued: set(valued),
  operands: more.operands ?? 0,
  assignments: more.assignments ?? false,
  pattern: more.pattern ?? null,
});

export type SkippedOptions =
  | {
      readonly ok: true;
      /** Where the command begins. */
      readonly at: number;
      readonly seen: ReadonlySet<string>;
      /** The word that each valued option got; attached values as text. */
      readonly values: readonly (readonly [name: string, value: CommandWord | string])[];
      /** Names of the variables that are set for the command. */
      readonly settings: readonly string[];
    }
  | { readonly ok: false; readonly why: string };

type Reading = { at: number; seen: Set<string>; values: (readonly [string, CommandWord | string])[] };

/** Whatever has a `=` is taken for a variable, also what no shell takes for one. */
const assignment = /^([^=]*?)\+?=/s;

/** Takes one option word; the name of an option that is not known, or null. */
const takeOption = (text: string, words: readonly CommandWord[], options: WrapperOptions, into: Reading) => {
  into.at += 1;
  const takeNext = (name: string): void => {
    const next = words[into.at];
    into.at += 1;
    if (next !== undefined) into.values.push([name, next]);
  };
  if (text.startsWith("--")) {
    const [, name = "", equals, value = ""] = /^--([^=]*)(=)?(.*)$/s.exec(text) ?? [];
    if (!options.flags.has(name) && !options.valued.has(name)) return text;
    into.seen.add(name);
    if (equals !== undefined) into.values.push([name, value]);
    else if (options.valued.has(name)) takeNext(name);
    return null;
  }
  for (let index = 1; index < text.length; index += 1) {
    const name = text[index] ?? "";
    into.seen.add(name);
    if (options.valued.has(name)) {
      const attached = text.slice(index + 1);
      if (attached !== "") into.values.push([name, attached]);
      else takeNext(name);
      return null;
    }
    if (!options.flags.has(name)) return text;
  }
  return null;
};

/** Finds the command behind a wrapper's options; an option that is not known might take a value, so it is not skipped. */
export const skipOptions = (words: readonly CommandWord[], options: WrapperOptions): SkippedOptions => {
  const into: Reading = { at: 1, seen: new Set(), values: [] };
  while (into.at < words.length) {
    const word = words[into.at];
    const text = word?.value ?? (word?.shown.startsWith("--") && word.shown.includes("=") ? word.shown : null);
    if (text === null && word?.shown.startsWith("-")) return { ok: false, why: "an option is computed" };
    if (text === "--") {
      into.at += 1;
      break;
    }
    if (text === null || !text.startsWith("-") || (text === "-" && options.pattern?.test(text) !== true)) break;
    if (options.pattern?.test(text)) into.at += 1;
    else {
      const stranger = takeOption(text, words, options, into);
      if (stranger !== null) return { ok: false, why: `option ${stranger} is not known` };
    }
  }
  const settings: string[] = [];
  let at = into.at + options.operands;
  for (; options.assignments && at < words.length; at += 1) {
    const name = assignment.exec(words[at]?.shown ?? "")?.[1];
    if (name === undefined) break;
    settings.push(name.includes("$") ? computedVariable : name);
  }
  // Several words out of one could be the command itself.
  if (words.slice(1, at).some((word) => word.splits)) return { ok: false, why: "its options are computed" };
  return { ok: true, at, seen: into.seen, values: into.values, settings };
};
