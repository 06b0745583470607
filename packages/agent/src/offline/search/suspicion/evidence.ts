import type { Hints } from "../candidates/types.ts";

/** A place that a stack trace names. */
export type Frame = { readonly file: string; readonly line: number };

/** The absolute files and lines of a stack trace or of any output that cites places as `path:line`. */
export function framesOf(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const match of stack.matchAll(/(?:file:\/\/)?(\/[^\s():'"<>?]+?\.\w+)(?:\?[^\s:)]*)?:(\d+)(?::\d+)?/g)) {
    frames.push({ file: match[1] ?? "", line: Number(match[2]) });
  }
  return frames;
}

const COMMON = new Set(
  (
    "the and for not are was has have with from that this true false null undefined function return var let const new error " +
    "expected actual should equal deepequal strictequal equals test tests assert assertion assertionerror message values strictly " +
    "loosely deep input object array string number file node index lib src length value result got but fails stack code operator"
  ).split(" "),
);

/** The words and the punctuation in what failing tests are called, say and do. */
export function hintsOf(texts: readonly string[]): Hints {
  const words = new Set<string>();
  const characters = new Map<string, number>();
  for (const text of texts) {
    for (const match of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
      const whole = match[0].toLowerCase();
      const parts = match[0].split(/(?=[A-Z])|_/).map((part) => part.toLowerCase());
      for (const word of [whole, ...parts]) if (word.length > 2 && !COMMON.has(word)) words.add(word);
    }
    for (const match of text.matchAll(/(['"`])((?:\\.|(?!\1).){1,80})\1/g)) {
      for (const char of (match[2] ?? "").matchAll(/[^\w\s'"`\\]/gu))
        characters.set(char[0], (characters.get(char[0]) ?? 0) + 1);
    }
  }
  const ranked = [...characters].sort((a, b) => b[1] - a[1]).map(([char]) => char);
  return { words, characters: ranked.slice(0, 8) };
}

/** For each line of a source, how much it talks about the same things as the failing tests, 0 to 1. Rare words count more. */
export function wordEvidence(text: string, hints: Hints): number[] {
  const lines = text.split("\n").map((line) => {
    const words = new Set([...line.matchAll(/[A-Za-z_$][\w$]*/g)].map((match) => match[0].toLowerCase()));
    return [...words].filter((word) => hints.words.has(word));
  });
  const frequency = new Map<string, number>();
  for (const line of lines) for (const word of line) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  return lines.map((line) => {
    const weight = line.reduce((sum, word) => sum + 1 / (1 + (frequency.get(word) ?? 1)), 0);
    return Math.min(1, weight);
  });
}
