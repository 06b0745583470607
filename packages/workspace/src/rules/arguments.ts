import { posix } from "node:path";
import type { CommandWord } from "../shell/command-words.ts";

/** A command's words behind the program, told apart as GNU programs do: options may stand anywhere before `--`. */
export type CommandArguments = {
  readonly words: readonly CommandWord[];
  readonly options: readonly string[];
  readonly operands: readonly CommandWord[];
  /** Some word is not known and may turn out to be an option, with others left as operands. */
  readonly unknownOptions: boolean;
};

export const readArguments = (words: readonly CommandWord[]): CommandArguments => {
  const end = words.findIndex((word) => word.value === "--");
  const before = end === -1 ? words : words.slice(0, end);
  const isOption = (word: CommandWord): boolean => /^-./.test(word.value ?? "");
  const operands = [...before.filter((word) => !isOption(word)), ...(end === -1 ? [] : words.slice(end + 1))];
  return {
    words,
    options: before.filter(isOption).map((word) => word.value ?? ""),
    operands,
    unknownOptions: before.some(
      (word) => word.mayBeOption && (word.splits || word.shown.startsWith("-") || operands.length > 1),
    ),
  };
};

/** Whether one of the options is given: letters also in a cluster, long names (`--force`) also shortened. */
export const hasOption = ({ options }: CommandArguments, ...names: readonly string[]): boolean =>
  names.some((name) =>
    options.some((option) => {
      if (!name.startsWith("--")) return !option.startsWith("--") && option.includes(name);
      const [given = ""] = option.split("=");
      return given.length > 3 && name.startsWith(given);
    }),
  );

const pathOf = (word: CommandWord): string => posix.normalize(word.value ?? word.shown);

const everything = String.raw`(?:\*+|\?\*|\.\*|\.\[!\.\]\*|\{[^/]*\*[^/]*\})`;
const rootPattern = new RegExp(`^/+(?:${everything}(?:/+${everything})*/?)?$`);
const homePattern = new RegExp(String.raw`^(?:~[\w.-]*|\$HOME|\$\{HOME(?:[^\w}][^}]*)?\})/*(?:${everything}/?)?$`);

/** The root folder, or all that lies in it. */
export const isRoot = (word: CommandWord): boolean =>
  rootPattern.test(pathOf(word)) && (word.value === null || !/[*?{]/.test(word.value));

/** A home folder, or all that lies in it. */
export const isHome = (word: CommandWord): boolean => word.value === null && homePattern.test(pathOf(word));

/** A folder of the system. */
export const isSystemFolder = (word: CommandWord): boolean =>
  /^\/(?:bin|boot|dev|etc|home|lib\d*|opt|proc|root|sbin|srv|sys|usr|var|System|Users|Library|Applications)\/?\*?$/.test(
    pathOf(word),
  );

/** A disk or the computer's memory as a file. */
export const isDevice = (path: string): boolean =>
  /^\/dev\/(?:(?:sd|hd|vd|xvd)[a-z*?[]|nvme\d|nvme[*?]|mmcblk\d|r?disk\d|disk\/|mapper\/|dm-\d|md\d|k?mem$|port$)/.test(
    posix.normalize(path),
  );
