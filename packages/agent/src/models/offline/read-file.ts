import { quotePath } from "./shell-quote.ts";

/**
 * A command that gives a file to another one, and fails where it is not a regular file: a pipe would never end, a
 * device never stop. `reading` is given the path as one quoted word.
 */
export const readRegular = (path: string, reading: (word: string) => string): string => {
  const word = quotePath(path);
  return `test -f ${word} && ${reading(word)}`;
};

/** A command that prints a file, at most `bytes` of it. */
export const printFile = (path: string, bytes: number): string =>
  readRegular(path, (word) => `head -c ${bytes} ${word}`);
