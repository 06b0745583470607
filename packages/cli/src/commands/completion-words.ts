/* What can come next on a command line, read off the help texts: they are the one place that lists everything. Pure. */

export type Completion = { readonly word: string; readonly about: string };

export type CompletionPages = {
  readonly main: string;
  /** The help of each command that has one. */
  readonly commands: Readonly<Record<string, string>>;
};

export type CompletionPorts = {
  readonly threads: () => readonly Completion[];
  readonly skills: () => readonly Completion[];
};

type Option = { readonly names: readonly string[]; readonly takes: string | null; readonly about: string };

/** `  -m, --model MODEL   about`, or the about in the next line. */
const optionLine = /^ +(-\w(?:, --[\w-]+)?|--[\w-]+)(?: (\S+))?(?: {2,}(.*))?$/;

const optionsOf = (page: string): Option[] =>
  page.split("\n").flatMap((line) => {
    const [, names, takes = null, about = ""] = optionLine.exec(line) ?? [];
    return names === undefined ? [] : [{ names: names.split(", "), takes, about }];
  });

/** Words in small letters that follow the command in its usage lines. */
const subcommandsOf = (page: string, command: string): Completion[] => {
  const found = [...page.matchAll(new RegExp(`fettle ${command} \\[?([a-z]+)\\]?(.*)`, "g"))];
  return found.map(([, word = "", rest = ""]) => ({ word, about: /\s{2,}(\S.*)/.exec(rest)?.[1] ?? "" }));
};

/** `none | minimal | low` in a description, without what stands in brackets. */
const listedValues = (about: string): string[] => {
  const list = /[\w-]+(?: \([^)]*\))?(?: \| [\w-]+(?: \([^)]*\))?)+/.exec(about)?.[0];
  return list?.split(" | ").map((value) => value.replace(/ \(.*/, "")) ?? [];
};

const commandsOf = (main: string): Completion[] =>
  [...main.matchAll(/^ {2}([a-z-]+) {2,}(\S.*)$/gm)].map(([, word = "", about = ""]) => ({ word, about }));

/** Levels and the like that a page lists as `  name  what it means` under a heading. */
const argumentsOf = (command: string, page: string, ports: CompletionPorts): readonly Completion[] => {
  if (command === "autonomy")
    return [...page.matchAll(/^ {2}([a-z]+) +(\S.*)$/gm)].map(([, word = "", about = ""]) => ({ word, about }));
  return /\[?\(?ID\b/.test(page) ? ports.threads() : [];
};

const valuesOf = (option: Option, ports: CompletionPorts): readonly Completion[] => {
  if (option.takes === "ID") return ports.threads();
  return listedValues(option.about).map((word) => ({ word, about: "" }));
};

const optionCompletions = (options: readonly Option[]): Completion[] =>
  options.flatMap(({ names, about }) => names.filter((name) => name.startsWith("--")).map((word) => ({ word, about })));

/**
 * What the last of `words` (those after `fettle`, it may be empty) can become. Nothing means: what the shell itself offers,
 * such as files.
 */
export const completionsFor = (
  words: readonly string[],
  pages: CompletionPages,
  ports: CompletionPorts,
): readonly Completion[] => {
  const [command = "", ...rest] = words;
  const last = words.at(-1) ?? "";
  const startsAsLast = ({ word }: Completion): boolean => word.startsWith(last);
  if (words.length <= 1)
    return [
      ...commandsOf(pages.main),
      ...(last.startsWith("-") ? optionCompletions(optionsOf(pages.main)) : []),
    ].filter(startsAsLast);
  if (rest.slice(0, -1).includes("--")) return [];
  const page = Object.hasOwn(pages.commands, command) ? (pages.commands[command] ?? "") : "";
  const options = optionsOf(page);
  const before = options.find(({ names, takes }) => takes !== null && names.includes(words.at(-2) ?? ""));
  if (before !== undefined) return valuesOf(before, ports).filter(startsAsLast);
  if (last.startsWith("-")) return optionCompletions(options).filter(startsAsLast);
  const given = rest.slice(0, -1).filter((word) => !word.startsWith("-"));
  const subcommands = subcommandsOf(page, command);
  if (given.length === 0 && subcommands.length > 0) return subcommands.filter(startsAsLast);
  if (command === "skills" && given[0] === "show") return ports.skills().filter(startsAsLast);
  return given.length <= 1 ? argumentsOf(command, page, ports).filter(startsAsLast) : [];
};
