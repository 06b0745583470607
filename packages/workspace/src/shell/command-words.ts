import type { DoubleQuotedChild, Word, WordPart } from "unbash";

/** One word of a command, as far as it is known without running anything. */
export type CommandWord = {
  /** What it stands for; null when that is known only when the script runs. */
  readonly value: string | null;
  /** As it is written. */
  readonly text: string;
  /** As it is written, but without quotes: `$HOME/x`, `~`, `/*`. */
  readonly shown: string;
  /** It may become several words, or none. */
  readonly splits: boolean;
  /** It is not known, and may turn out to be an option. */
  readonly mayBeOption: boolean;
};

/** Variables whose value is certain at this place of the script. */
export type KnownVariables = ReadonlyMap<string, string>;

type Piece = {
  readonly known: string | null;
  readonly shown: string;
  readonly splits: boolean;
  /** Unknown, and it may begin with a dash. */
  readonly dash: boolean;
  /** Taken from a variable without quotes, so that blanks in it separate words. */
  readonly loose: boolean;
};

const plain = (text: string): Piece => ({ known: text, shown: text, splits: false, dash: false, loose: false });
const unknown = (shown: string, splits: boolean, dash: boolean): Piece => ({
  known: null,
  shown,
  splits,
  dash,
  loose: false,
});

const variable = (name: string, shown: string, quoted: boolean, variables: KnownVariables): Piece => {
  // The shell's own counts and process ids are numbers.
  if (/^[?#$!]$/.test(name)) return unknown(shown, false, false);
  const value = variables.get(name);
  if (value !== undefined) return { ...plain(value), shown: value, loose: !quoted };
  return unknown(shown, !quoted || name === "@", true);
};

const piecesOf = (part: WordPart | DoubleQuotedChild, quoted: boolean, variables: KnownVariables): Piece[] => {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [plain(part.value)];
    case "DoubleQuoted":
      return part.parts.flatMap((child) => piecesOf(child, true, variables));
    case "SimpleExpansion":
      return [variable(part.text.slice(1), part.text, quoted, variables)];
    case "ParameterExpansion": {
      if (part.prefix === "#") return [unknown(part.text, false, false)];
      const bare = part.prefix === undefined && part.index === undefined && part.operation === undefined;
      if (bare) return [variable(part.parameter, part.text, quoted, variables)];
      return [unknown(part.text, !quoted || part.parameter === "@" || part.index?.text === "@", true)];
    }
    case "ArithmeticExpansion":
    case "ProcessSubstitution":
      return [unknown(part.text, false, false)];
    case "Glob":
    case "ExtendedGlob":
      return [unknown(part.text, true, false)];
    default:
      return [unknown(part.text, !quoted, true)];
  }
};

const special = /[\s*?[\\]/;

const wordOfText = (text: string): CommandWord => {
  const known = !special.test(text);
  return { value: known ? text : null, text, shown: text, splits: !known, mayBeOption: false };
};

const combined = (word: Word, pieces: readonly Piece[]): CommandWord => {
  const shown = pieces.map((piece) => piece.shown).join("");
  const certain = pieces.every((piece) => piece.known !== null && !(piece.loose && special.test(piece.known)));
  if (certain && !word.text.startsWith("~")) {
    const value = pieces.map((piece) => piece.known ?? "").join("");
    return { value, text: word.text, shown, splits: false, mayBeOption: false };
  }
  const first = pieces.find((piece) => piece.shown !== "");
  const dash = first?.known?.startsWith("-") ?? first?.dash ?? false;
  // No option has a slash or a dot in its name, so such a word is an operand.
  const operand = pieces.some((piece, index) => index > 0 && piece.known !== null && /[/.]/.test(piece.known));
  const splits = pieces.some((piece) => piece.splits || piece.loose);
  return { value: null, text: word.text, shown, splits, mayBeOption: dash && !(operand && first?.known === null) };
};

/** What a word becomes: one word mostly, several when a known variable without quotes has blanks in it. */
export const expandWord = (word: Word, variables: KnownVariables): CommandWord[] => {
  const { parts } = word;
  if (parts === undefined) {
    const value = word.text.startsWith("~") ? null : word.value;
    return [{ value, text: word.text, shown: word.value, splits: false, mayBeOption: false }];
  }
  const pieces = parts.flatMap((part) => piecesOf(part, false, variables));
  const [only] = pieces;
  if (pieces.length === 1 && only?.loose === true && only.known !== null) {
    return only.known
      .split(/\s+/)
      .filter((text) => text !== "")
      .map(wordOfText);
  }
  return [combined(word, pieces)];
};

/** A word that stands for itself. */
export const literalWord = (value: string): CommandWord => ({
  value,
  text: value,
  shown: value,
  splits: false,
  mayBeOption: false,
});

/** A word of which nothing is known but how it is written. */
export const unknownWord = (text: string, options: { splits: boolean; mayBeOption: boolean }): CommandWord => ({
  value: null,
  text,
  shown: text,
  ...options,
});
