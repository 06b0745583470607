import { visibleText } from "../render/plain-text.ts";

/* What `always` would write, each rule's words (or the host) changed by the person. */

const prefixLine = /^prefix = (.*)$/m;

const wordsIn = (prefix: string): number | null => {
  try {
    const words: unknown = JSON.parse(prefix);
    return Array.isArray(words) ? words.length : null;
  } catch {
    return null;
  }
};

/**
 * A rule with other words. Its examples were made for the old ones; with fewer words it is meant for more than the one
 * command, which is shown before it is written.
 */
const withPrefix = (rule: string, prefix: string): string => {
  const [before, after] = [wordsIn(prefixLine.exec(rule)?.[1] ?? ""), wordsIn(prefix)];
  const shorter = before !== null && after !== null && after < before;
  return rule
    .replace(prefixLine, () => `prefix = ${prefix}`)
    .split("\n")
    .filter((line) => !line.startsWith("match = ") && !(shorter && line === "exact = true"))
    .join("\n");
};

/** What of a part of a proposal can be changed, on one line. */
export const editable = (part: string): string => visibleText(prefixLine.exec(part)?.[1] ?? part.trim());

/** A part of a proposal with the line that a person made of `editable`; null when the line is empty: it is left out. */
export const edited = (part: string, line: string): string | null => {
  const words = line.trim();
  if (words === "") return null;
  if (words === editable(part).trim()) return part;
  return prefixLine.test(part) ? withPrefix(part, words) : words;
};
