/* How well a text fits what was typed, and the best of many texts within a frame. */

/** A text made ready once: in small letters, where its last name begins, and which characters it has. */
export type Prepared = {
  readonly text: string;
  readonly lower: string;
  readonly nameFrom: number;
  readonly has: number;
};

/** One bit for each letter, one for digits, and one for all else. */
const bitOf = (code: number): number => {
  if (code >= 97 && code <= 122) return 1 << (code - 97);
  return code >= 48 && code <= 57 ? 1 << 26 : 1 << 27;
};

const bitsOf = (lower: string): number => {
  let bits = 0;
  for (let at = 0; at < lower.length; at += 1) bits |= bitOf(lower.charCodeAt(at));
  return bits;
};

export const prepare = (text: string): Prepared => {
  const folded = text.toLowerCase();
  // A few letters change their length; then places would not fit.
  const lower = folded.length === text.length ? folded : text;
  return { text, lower, nameFrom: lower.lastIndexOf("/", lower.length - 2) + 1, has: bitsOf(lower) };
};

const slash = 47;
const isWordStart = (text: string, at: number): boolean => {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  const isSign = (before >= 32 && before < 48) || (before >= 58 && before < 65) || before === 95;
  const code = text.charCodeAt(at);
  const isHump = code >= 65 && code <= 90 && before >= 97 && before <= 122;
  return isSign || before === slash || isHump;
};

/** Letters in their order with others between them, matched from the end, where names are. Below 0: no match. */
const scattered = ({ text, lower, nameFrom }: Prepared, words: string): number => {
  let at = lower.length;
  let next = lower.length;
  let score = 300;
  for (let index = words.length - 1; index >= 0; index -= 1) {
    at = at === 0 ? -1 : lower.lastIndexOf(words[index] ?? "", at - 1);
    if (at < 0) return -1;
    if (at === next - 1) score += 8;
    else if (index < words.length - 1) score -= Math.min(12, next - at);
    if (isWordStart(text, at)) score += 10;
    if (at >= nameFrom) score += 4;
    next = at;
  }
  return Math.max(1, score);
};

/** How well a text fits; below 0: not at all. Whole words beat scattered letters, and a file's name its folders. */
export const scoreOf = (prepared: Prepared, words: string): number => {
  const { text, lower, nameFrom } = prepared;
  const inName = lower.indexOf(words, nameFrom);
  if (inName >= 0) {
    const whole = inName === nameFrom ? 200 : isWordStart(text, inName) ? 100 : 0;
    return 2000 + whole - Math.min(150, lower.length);
  }
  const inPath = lower.lastIndexOf(words);
  if (inPath >= 0) return 1500 + (isWordStart(text, inPath) ? 100 : 0) - Math.min(150, lower.length);
  const score = scattered(prepared, words);
  return score < 0 ? score : score - Math.min(150, lower.length) / 10;
};

type Ranked = { readonly prepared: Prepared; readonly score: number };

/** A search that can be stopped and gone on with. */
export type Search = {
  /** Looks further until `until()` says to stop (asked every few hundred texts). True: it is through. */
  readonly run: (until: () => boolean) => boolean;
  /** The best that was found so far. */
  readonly best: () => readonly string[];
  /** What matched at all, once it is through: all that a longer word can match. */
  readonly matched: () => readonly Prepared[];
};

const between = 256;

/** Looks for the `most` best texts. No words: the first ones. */
export const createSearch = (texts: readonly Prepared[], typed: string, most: number): Search => {
  const words = typed.toLowerCase().replace(/\s/g, "");
  const wanted = bitsOf(words);
  const ranked: Ranked[] = [];
  const matched: Prepared[] = [];
  let at = 0;

  const rank = (prepared: Prepared, score: number): void => {
    const last = ranked.at(-1);
    if (ranked.length === most && last !== undefined && last.score >= score) return;
    let place = ranked.length;
    while (place > 0 && (ranked[place - 1]?.score ?? 0) < score) place -= 1;
    ranked.splice(place, 0, { prepared, score });
    if (ranked.length > most) ranked.pop();
  };

  const look = (prepared: Prepared): void => {
    if ((prepared.has & wanted) !== wanted) return;
    const score = words === "" ? 0 : scoreOf(prepared, words);
    if (score < 0) return;
    matched.push(prepared);
    rank(prepared, score);
  };

  return {
    run: (until) => {
      while (at < texts.length) {
        const end = Math.min(texts.length, at + between);
        for (; at < end; at += 1) {
          const prepared = texts[at];
          if (prepared !== undefined) look(prepared);
        }
        if (at < texts.length && until()) return false;
      }
      return true;
    },
    best: () => ranked.map(({ prepared }) => prepared.text),
    matched: () => matched,
  };
};
