import type { Skill } from "./load.ts";

/** A skill that a person's words name; `args` where they call it as a command. */
export type Mention = { readonly skill: Skill; readonly args: string | null };

/** The name and the rest of words such as `/deploy staging now`; null for all other words. Pure. */
export const commandIn = (text: string): { readonly name: string; readonly args: string } | null => {
  const [, name, args = ""] = /^\s*\/([a-z0-9]+(?:-[a-z0-9]+)*)(?:\s+([\s\S]*))?$/.exec(text) ?? [];
  return name === undefined ? null : { name, args: args.trim() };
};

/** The skills that words name with `$name`, or call with `/name`, in order and each once. Pure. */
export const mentionsIn = (text: string, skills: readonly Skill[]): Mention[] => {
  const byName = new Map(skills.map((skill) => [skill.name, skill]));
  const called = commandIn(text);
  const command = called === null ? undefined : byName.get(called.name);
  const mentions = new Map<Skill, Mention>();
  if (command !== undefined) mentions.set(command, { skill: command, args: called?.args ?? "" });
  for (const [, name = ""] of text.matchAll(/(?<![\w$\\])\$([a-z0-9]+(?:-[a-z0-9]+)*)(?![\w-])/g)) {
    const skill = byName.get(name);
    if (skill !== undefined && !mentions.has(skill)) mentions.set(skill, { skill, args: null });
  }
  return [...mentions.values()];
};

const wordsOf = (args: string): string[] =>
  [...args.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) =>
    double === undefined ? (single ?? bare ?? "") : double.replace(/\\(["\\])/g, "$1"),
  );

/**
 * Puts what a command was called with in the place of `$ARGUMENTS`, and its words in the place of `$1` to `$9`. A number
 * beyond the words stays as it is, for it may be a shell's or awk's. Pure.
 */
export const withArguments = (text: string, args: string): string => {
  const words = wordsOf(args);
  return text.replace(/(?<![\w$\\])\$(?:ARGUMENTS\b|\{ARGUMENTS\}|([1-9])(?!\d))/g, (whole, number?: string) =>
    number === undefined ? args : (words[Number(number) - 1] ?? whole),
  );
};
