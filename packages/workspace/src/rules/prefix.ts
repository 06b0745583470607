import type { CommandWord } from "../shell/command-words.ts";
import { baseName } from "../shell/simple-commands.ts";

/** Each place is a word or several alternative ones. */
export type Prefix = readonly (string | readonly string[])[];

/** Folders whose programs are what their names say. Elsewhere a repository may have put its own `git`. */
const systemFolder = /^\/(?:usr\/(?:local\/)?s?bin|s?bin|opt\/homebrew\/bin)\/[^/]+$/;

/** The name by which a program is known; null when it is some file that merely has that name. */
export const trustedName = (program: string): string | null =>
  !program.includes("/") || systemFolder.test(program) ? baseName(program) : null;

const gitPlaces = new Set(["-C", "--git-dir", "--work-tree", "--namespace", "-c"]);
const gitHarmless = new Set(["-C", "--no-pager", "--no-optional-locks", "-P"]);

/**
 * `git -C sub push` without what stands before the subcommand; null when nothing does. `harmless`: nothing of it
 * changes what the subcommand does.
 */
export const withoutGitOptions = (
  words: readonly CommandWord[],
): { readonly words: readonly CommandWord[]; readonly harmless: boolean } | null => {
  const [program] = words;
  if (program?.value == null || baseName(program.value) !== "git") return null;
  let at = 1;
  let harmless = true;
  for (; at < words.length; at += 1) {
    const option = words[at]?.value ?? null;
    if (option === null || !option.startsWith("-")) break;
    harmless &&= gitHarmless.has(option);
    if (gitPlaces.has(option)) at += 1;
  }
  return at === 1 ? null : { words: [program, ...words.slice(at)], harmless };
};

const alternatives = (place: string | readonly string[]): readonly string[] =>
  typeof place === "string" ? [place] : place;

const programFits = (place: string | readonly string[], program: string, strict: boolean): boolean =>
  alternatives(place).some((wanted) => {
    // A prohibition that names a path would be no use if the bare name went past it.
    if (wanted.includes("/")) return wanted === program || (strict && trustedName(program) === baseName(wanted));
    return (strict ? baseName(program) : trustedName(program)) === wanted;
  });

/** `strict`: for ask and never, where a word that is not known counts as one that fits. */
const fits = (prefix: Prefix, words: readonly CommandWord[], strict: boolean): boolean => {
  for (const [index, place] of prefix.entries()) {
    const word = words[index];
    if (word === undefined) return false;
    if (word.value === null) {
      if (!strict || index === 0) return false;
      // It may become several words, so nothing after it is certain.
      if (word.splits) return true;
    } else if (index === 0) {
      if (!programFits(place, word.value, strict)) return false;
    } else if (!alternatives(place).includes(word.value)) return false;
  }
  return true;
};

/**
 * The words of a command that a prefix names, if the command begins with them; null when it does not. `exact`: if it
 * consists of them.
 */
export const prefixIn = (prefix: Prefix, decision: "allow" | "ask" | "never", exact: boolean) => {
  const strict = decision !== "allow";
  return (words: readonly CommandWord[]): readonly CommandWord[] | null => {
    if (exact) return words.length === prefix.length && fits(prefix, words, false) ? words : null;
    if (fits(prefix, words, strict)) return words.slice(0, prefix.length);
    const bare = withoutGitOptions(words);
    const bareFits = bare !== null && (strict || bare.harmless) && fits(prefix, bare.words, strict);
    return bareFits ? bare.words.slice(0, prefix.length) : null;
  };
};
