import type { CommandWord } from "../shell/command-words.ts";
import { baseName, type SimpleCommand } from "../shell/simple-commands.ts";
import { namesProgram, transfers } from "./git-programs.ts";
import { withoutGitOptions } from "./prefix.ts";

/*
 * Outside of the sandbox nothing bounds a command, so a rule that lets commands out whatever follows its words counts
 * there only while they stay in the folder, and while git speaks with a known remote by programs of its own: a
 * repository that lies about brings hooks and settings along.
 */

/** A folder below this one, as far as its words tell. */
const isBelow = (word: CommandWord | undefined): boolean =>
  word?.value != null && /^[^/~-]/.test(word.value) && !word.value.split("/").includes("..");

/** Whether a command moves the ones behind it to a place that is not below the folder. */
export const leavesFolder = ({ words: [program, ...rest] }: SimpleCommand): boolean => {
  if (program?.value !== "cd" && program?.value !== "pushd") return false;
  const places = rest.filter((word) => !/^-[LPen@]+$|^--$/.test(word.value ?? ""));
  return places.length !== 1 || !isBelow(places[0]);
};

/** Options that take the next word; what is not here is taken for a flag, so that the next word counts as a place. */
const valuedAnywhere =
  /^(?:-[oj]|--(?:push-option|server-option|depth|deepen|shallow-since|shallow-exclude|negotiation-tip|refmap|jobs|filter|sort))$/;
const valuedIn: Readonly<Record<string, RegExp>> = {
  clone: /^(?:-b|--(?:origin|branch|reference|reference-if-able))$/,
  pull: /^(?:-[sX]|--(?:strategy|strategy-option))$/,
  remote: /^-[tm]$/,
};

/** Over the network, and without a helper program (`ext::…`). */
const isRemoteUrl = (text: string): boolean =>
  !text.includes("::") && (/^(?:https?|ssh|git|git\+ssh):\/\//.test(text) || /^[^/:.~-][^/:]*:(?!:|\/\/)./.test(text));
/** Names that are those of remotes nearly everywhere; any other one may as well be a folder's. */
const isUsualRemote = (text: string): boolean => /^(?:origin|upstream)$/.test(text);

const operandsOf = (subcommand: string, words: readonly CommandWord[]): readonly CommandWord[] => {
  const takesNext = (text: string): boolean => valuedAnywhere.test(text) || valuedIn[subcommand]?.test(text) === true;
  const operands: CommandWord[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word?.value != null && takesNext(word.value)) at += 1;
    else if (word !== undefined && !word.value?.startsWith("-")) operands.push(word);
  }
  return operands;
};

/** The same for subcommands whose first word says what is done. */
const contacts = (subcommand: string, [action, ...operands]: readonly CommandWord[]): readonly CommandWord[] => {
  const doing = `${subcommand} ${action?.value ?? ""}`;
  if (/^remote (?:add|set-url)$/.test(doing)) return operands.slice(1);
  return /^(?:remote (?:show|update|prune|set-head)|submodule add|lfs (?:push|pull|fetch|clone))$/.test(doing)
    ? operands.slice(0, 1)
    : [];
};

/** Which words of a command that speaks with another repository say where that is. */
const repositories = (subcommand: string, words: readonly CommandWord[]): readonly CommandWord[] => {
  const operands = operandsOf(subcommand, words);
  const given = words.filter(({ value, shown }) => /^--re[pm][a-z]*(?:=|$)/.test(value ?? shown));
  if (subcommand === "remote" || subcommand === "submodule" || subcommand === "lfs")
    return contacts(subcommand, operands);
  if (subcommand === "archive") return given;
  return [...operands.slice(0, 1), ...given];
};

const staysWithGit = (words: readonly CommandWord[], named: ReadonlySet<CommandWord>): boolean => {
  const bare = withoutGitOptions(words);
  if (bare !== null && !bare.harmless) return false;
  const options = words.slice(1, words.length - (bare?.words.length ?? words.length) + 1);
  if (options.some((word, index) => options[index - 1]?.value === "-C" && !isBelow(word))) return false;
  const [, name, ...rest] = bare?.words ?? words;
  const subcommand = name?.value ?? "";
  if (!transfers.has(subcommand)) return true;
  if (namesProgram(subcommand, rest)) return false;
  if (subcommand === "clone" && rest.some(({ value }) => /^--(?:sep|bundle)/.test(value ?? ""))) return false;
  const isKnown = (word: CommandWord): boolean => {
    const text = word.value?.replace(/^--\w+=/, "") ?? null;
    return named.has(word) || (text !== null && (isRemoteUrl(text) || isUsualRemote(text)));
  };
  // What is cloned must not land elsewhere either.
  const places = subcommand === "clone" ? operandsOf(subcommand, rest).slice(1) : [];
  return repositories(subcommand, rest).every(isKnown) && places.every(isBelow);
};

/** Whether a command stays where a rule may let it out of the sandbox; `named` are its words that the rule itself names. */
export const staysInPlace = (words: readonly CommandWord[], named: ReadonlySet<CommandWord>): boolean =>
  baseName(words[0]?.value ?? "") !== "git" || staysWithGit(words, named);
