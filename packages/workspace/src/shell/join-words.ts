import { quoteForShell } from "../process/shell-command.ts";

const safeWord = /^[\w@%+:,./-][\w@%+=:,./-]*$/;
const quoted = (word: string): string => (safeWord.test(word) ? word : quoteForShell(word));

/** Joins words into one script that stands for exactly these words. */
export const joinWords = (words: readonly string[]): string => words.map(quoted).join(" ");
