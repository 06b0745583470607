import type { DoubleQuotedChild, Word, WordPart } from "unbash";

const literalPart = (part: WordPart | DoubleQuotedChild): boolean =>
  part.type === "Literal" ||
  part.type === "SingleQuoted" ||
  part.type === "AnsiCQuoted" ||
  (part.type === "DoubleQuoted" && part.parts.every(literalPart));

/** A tilde at the start of a word is a home folder, unless it is quoted. Patterns and braces are parts of their own. */
const startsWithTilde = (word: Word): boolean => word.text.startsWith("~");

/** What a word stands for, if that is known without running anything: no expansion, no pattern, no tilde. */
export const literalOf = (word: Word | undefined): string | null => {
  if (word === undefined || startsWithTilde(word)) return null;
  return word.parts === undefined || word.parts.every(literalPart) ? word.value : null;
};
