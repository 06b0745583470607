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

/** What a word with braces in it becomes; null when that is too much to say. */
const withoutBraces = (text: string, room = 64): readonly string[] | null => {
  const [, before = "", choices, after = ""] = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(text) ?? [];
  if (choices === undefined) return [text];
  const all = choices.split(",");
  if (all.length > room) return null;
  const each = all.map((one) => withoutBraces(`${before}${one}${after}`, Math.floor(room / all.length)));
  return each.every((one) => one !== null) ? each.flat() : null;
};

const homeVariable = /^(?:~(?:\w[\w.-]*)?|\$HOME|\$\{HOME(?:[^\w}][^}]*)?\})(?=\/|$)/;

/** What a word may stand for as a path, patterns and variables as they are written. */
const pathsOf = ({ value, shown }: CommandWord): readonly string[] => {
  // Any home folder stands for the one that is meant, so that `~/..` is what it is.
  const written = shown.replace(homeVariable, "/home/~");
  const texts = value === null ? [written, ...(withoutBraces(written) ?? [])] : [value];
  return texts.map((text) => posix.normalize(text).replace(/^\/\/+/, "/"));
};

const everything = String.raw`(?:\*+|\?\*|\.\*|\.\[!\.\]\*|\{[^/]*\*[^/]*\})`;
const inside = `(?:/+(?:${everything}/?)?)?$`;
const rootPattern = new RegExp(`^/+(?:${everything}(?:/+${everything})*/?)?$`);
const homePath = new RegExp(`^(?:/root|/var/root|/(?:home|Users|export/home)/[^/]+)${inside}`);
const systemPattern = new RegExp(
  `^/(?:bin|boot|dev|etc|home|lib\\d*|opt|proc|root|sbin|srv|sys|usr|var|System|Users|Library|Applications)${inside}`,
);
const vital = "bin boot dev etc home lib lib64 root sbin sys usr var System Users Library Applications".split(" ");
const vitalPattern = new RegExp(`^/(?:${vital.join("|")}|lib\\d*|usr/s?bin|usr/lib\\d*)${inside}`);

/** A pattern right below the root that one of these folders fits. */
const meetsVital = (path: string): boolean => {
  const [, pattern] = /^\/([^/]*[*?[][^/]*)\/?(?:\*\/?)?$/.exec(path) ?? [];
  if (pattern === undefined || pattern.length > 40) return false;
  const classes = pattern
    .replace(/[.+^$(){}|\\]/g, "\\$&")
    .replaceAll("[!", "[^")
    .replaceAll("?", ".");
  try {
    const glob = new RegExp(`^${classes.replace(/\*+/g, ".*")}$`);
    return vital.some((name) => glob.test(name));
  } catch {
    return false;
  }
};

/** The root folder, or all that lies in it. */
export const isRoot = (word: CommandWord): boolean =>
  pathsOf(word).some((path) => rootPattern.test(path)) && (word.value === null || !/[*?{]/.test(word.value));

/** A home folder, or all that lies in it. */
export const isHome = (word: CommandWord): boolean => pathsOf(word).some((path) => homePath.test(path));

/** A folder of the system, or all that lies in it. */
export const isSystemFolder = (word: CommandWord): boolean => pathsOf(word).some((path) => systemPattern.test(path));

/** A folder without which the machine, or somebody's account on it, does not work any more. */
export const isVital = (word: CommandWord): boolean =>
  isRoot(word) ||
  isHome(word) ||
  pathsOf(word).some((path) => vitalPattern.test(path) || (word.value === null && meetsVital(path)));

/** A disk or the computer's memory as a file. */
export const isDevice = (path: string): boolean =>
  /^\/dev\/(?:(?:sd|hd|vd|xvd)[a-z*?[]|nvme\d|nvme[*?]|mmcblk\d|r?disk\d|disk\/|mapper\/|dm-\d|md\d|k?mem$|port$)/.test(
    posix.normalize(path),
  );
