/**
 * One word of a POSIX shell command that stands for exactly `text`, whatever it holds. Plain words stay readable.
 * A NUL byte cannot be part of any argument and is dropped.
 */
export const quoteWord = (text: string): string => {
  const word = text.replaceAll("\0", "");
  return /^[A-Za-z0-9_@%+:,./=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
};

/** An argument list as one command line. */
export const quoteWords = (words: readonly string[]): string => words.map(quoteWord).join(" ");

/** A file's path as an argument that no program takes for an option. */
export const quotePath = (path: string): string => quoteWord(path.startsWith("-") ? `./${path}` : path);
