import type { CommandWord } from "../shell/command-words.ts";

/** Subcommands that speak with another repository. */
export const transfers: ReadonlySet<string> = new Set(
  "push fetch pull clone ls-remote fetch-pack send-pack archive remote submodule lfs".split(" "),
);

const options = ["--upload-pack", "--receive-pack", "--exec", "--config", "--template"];

const isProgramOption = (word: CommandWord, subcommand: string): boolean => {
  const [option = ""] = (word.value ?? "").split("=");
  // Git takes long options cut short.
  if (option.startsWith("--")) return option.length > 2 && options.some((one) => one.startsWith(option));
  return subcommand === "clone" && /^-\w*[uc]/.test(option);
};

/** Whether a command that speaks with another repository names a program for it, or settings that could. */
export const namesProgram = (subcommand: string, words: readonly CommandWord[]): boolean =>
  transfers.has(subcommand) && words.some((word) => isProgramOption(word, subcommand));
