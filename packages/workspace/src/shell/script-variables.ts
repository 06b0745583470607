import type { SyntaxNode } from "unbash";
import type { CommandWord } from "./command-words.ts";

/** Variables that programs take for commands to run. */
const codeVariables = new Set(
  `GIT_SSH GIT_SSH_COMMAND GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_EXTERNAL_DIFF GIT_ASKPASS GIT_PROXY_COMMAND
  SSH_ASKPASS EDITOR VISUAL PAGER MANPAGER LESSOPEN LESSCLOSE BROWSER PROMPT_COMMAND PS0 PS1 PS2 PS4 BASH_ENV ENV SHELL
  FCEDIT SUDO_EDITOR SUDO_ASKPASS SYSTEMD_EDITOR SYSTEMD_PAGER KUBE_EDITOR GH_EDITOR GH_PAGER GH_BROWSER AWS_PAGER
  BAT_PAGER DELTA_PAGER HGEDITOR SVN_EDITOR SVN_SSH RSYNC_RSH CVS_RSH PSQL_EDITOR PSQL_PAGER`.split(/\s+/),
);

/** Whether programs run what is in a variable: `code` as it stands, `setting` if git reads it as such a setting. */
export const codeInVariable = (name: string): "code" | "setting" | null => {
  if (codeVariables.has(name)) return "code";
  return /^GIT_CONFIG_(?:VALUE_\d+|PARAMETERS)$/.test(name) ? "setting" : null;
};

/** Stands for a variable of which the name is not known. */
export const computedVariable = "a computed variable";

/** Builtins whose words name variables that they set. */
const assigningBuiltins = new Set(
  "export declare typeset local readonly read mapfile readarray getopts let".split(" "),
);

const nameIn = (word: CommandWord): string =>
  /^(\w+)(?:\[.*\])?[-+*/%<>&^|]*=/s.exec(word.value ?? word.shown)?.[1] ??
  (word.value === null && word.mayBeOption ? computedVariable : word.shown);

/** A variable's name behind an option, attached or as the next word. */
const behindOption = (words: readonly CommandWord[], letter: string): string[] =>
  words.flatMap((word, index) => {
    if (index === 0 || word.value?.startsWith(`-${letter}`) !== true) return [];
    const next = words[index + 1];
    return word.value.length > 2 ? [word.value.slice(2)] : next === undefined ? [] : [nameIn(next)];
  });

/** The variables that a builtin sets, as far as its words tell them. */
export const setByBuiltin = (words: readonly CommandWord[]): readonly string[] => {
  const name = words[0]?.value ?? "";
  if (name === "printf") return behindOption(words, "v");
  if (name === "wait") return behindOption(words, "p");
  if (!assigningBuiltins.has(name)) return [];
  // What is set through another name could be any variable.
  const refers = /^(?:declare|typeset|local)$/.test(name) && words.some((word) => /^-\w*n/.test(word.value ?? ""));
  const attached = name === "read" ? behindOption(words, "a") : [];
  return [...words.slice(1).map(nameIn), ...attached, ...(refers ? [computedVariable] : [])];
};

/** The variable that a part of a script sets by itself: in a loop's head, arithmetic, `${X:=…}`, `{X}>file`. */
export const setByNode = (node: SyntaxNode): string | null => {
  switch (node.type) {
    case "For":
    case "Select":
      return node.name.value;
    case "Coproc":
      return node.name?.value ?? null;
    case "ParameterExpansion":
      return node.operation?.type === "Default" && node.operation.operator.includes("=") ? node.parameter : null;
    case "ArithmeticBinary":
      return /^(?:[^=!<>]|<<|>>)?=$/.test(node.operator) && node.left.type === "ArithmeticWord"
        ? node.left.value
        : null;
    case "ArithmeticUnary":
      return /^(?:\+\+|--)$/.test(node.operator) && node.operand.type === "ArithmeticWord" ? node.operand.value : null;
    case "Redirect":
      return node.descriptor?.type === "FileDescriptorVariable" ? node.descriptor.name : null;
    default:
      return null;
  }
};
