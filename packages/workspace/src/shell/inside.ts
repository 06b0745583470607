import type { Redirection } from "unbash";
import type { CommandWord } from "./command-words.ts";

export type Inner =
  | { readonly words: readonly CommandWord[]; readonly settings: readonly string[] }
  /** `posix`: for a shell to which `((` and `[[` are no syntax, so that they hold commands. */
  | { readonly script: string; readonly posix: boolean };

/** What a command runs besides itself. */
export type Inside = {
  readonly inner: readonly Inner[];
  /** What is left of the command itself once the inner ones are taken out. */
  readonly outer?: readonly CommandWord[];
  /** The command gives the inner ones nothing but a setting, so that only they count. */
  readonly transparent: boolean;
  /** The command answers for what is in it, which can only raise a question or forbid: who allows `npx` allows `npx tsc`. */
  readonly hinting?: boolean;
  readonly unclear: string | null;
};

/** Looks into a command of one program; null when it runs nothing but itself. */
export type Look = (words: readonly CommandWord[], redirects: readonly Redirection[]) => Inside | null;

export const unclear = (why: string): Inside => ({ inner: [], transparent: false, unclear: why });

/** `transparent`: see Inside. */
export const script = (text: string, transparent = true, posix = false): Inside => ({
  inner: [{ script: text, posix }],
  transparent,
  unclear: null,
});

/** `transparent`: see Inside. */
export const runs = (words: readonly CommandWord[], settings: readonly string[] = [], transparent = true): Inside => ({
  inner: [{ words, settings }],
  transparent,
  unclear: null,
});

/** One script out of words, as `eval` and `ssh` make it; null when one of them is not known. */
export const joined = (words: readonly CommandWord[]): string | null =>
  words.every((word) => word.value !== null) ? words.map((word) => word.value).join(" ") : null;

/** Scripts and commands in a command that answers for them; null when there are none. See `Inside`. */
export const hints = (inner: readonly Inner[]): Inside | null =>
  inner.length === 0 ? null : { inner, transparent: false, hinting: true, unclear: null };

/** A word that a program takes for a script; what is computed is unclear. */
export const scriptIn = (word: CommandWord | string | undefined): Inner | null => {
  const text = typeof word === "string" ? word : (word?.value ?? null);
  return text === null ? null : { script: text, posix: false };
};
