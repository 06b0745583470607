import type { Edit, Hints, Tier } from "./types.ts";

const SWAPS: readonly (readonly [
  pattern: RegExp,
  others: readonly string[],
  kind: string,
  prior: number,
  tier: Tier,
])[] = [
  [/(?<![<>=!-])<=(?!>)/g, ["<", ">="], "comparison", 0.5, "likely"],
  [/(?<![<>=!-])>=/g, [">", "<="], "comparison", 0.5, "likely"],
  [/(?<=\s)<(?=\s)/g, ["<=", ">"], "comparison", 0.5, "likely"],
  [/(?<=\s)>(?=\s)/g, [">=", "<"], "comparison", 0.5, "likely"],
  [/(?<![=!<>])==(?!=)/g, ["!=", "==="], "comparison", 0.45, "likely"],
  [/!=(?!=)/g, ["=="], "comparison", 0.45, "likely"],
  [/(?<=[\w)\]] ?)\+(?=\s?[\w(])(?!\+)/g, ["-", "*"], "operator", 0.35, "plausible"],
  [/(?<=[\w)\]] )-(?= [\w(])/g, ["+"], "operator", 0.35, "plausible"],
  [/(?<=[\w)\]] ?)\*(?= ?[\w(])/g, ["/", "+", "**"], "operator", 0.3, "plausible"],
  [/(?<=[\w)\]] )\/\/?(?= [\w(])/g, ["*", "%", "//", "/"], "operator", 0.3, "plausible"],
  [/\+=/g, ["-=", "="], "assignment", 0.3, "plausible"],
  [/-=/g, ["+=", "="], "assignment", 0.3, "plausible"],
  [/&&/g, ["||"], "logical operator", 0.4, "likely"],
  [/\|\|/g, ["&&"], "logical operator", 0.4, "likely"],
  [/\band\b/g, ["or"], "logical operator", 0.35, "likely"],
  [/\bor\b/g, ["and"], "logical operator", 0.35, "likely"],
  [/\bnot in\b/g, ["in"], "negation", 0.35, "likely"],
  [/\bis not\b/g, ["is"], "negation", 0.35, "likely"],
  [/\bnot /g, [""], "negation", 0.35, "likely"],
  [/!(?=[\w(])/g, [""], "negation", 0.35, "likely"],
  [/\btrue\b/g, ["false"], "boolean", 0.45, "likely"],
  [/\bfalse\b/g, ["true"], "boolean", 0.45, "likely"],
  [/\bTrue\b/g, ["False"], "boolean", 0.45, "likely"],
  [/\bFalse\b/g, ["True"], "boolean", 0.45, "likely"],
  [/\bmin\b/g, ["max"], "another function", 0.4, "likely"],
  [/\bmax\b/g, ["min"], "another function", 0.4, "likely"],
  [/\b(lower|upper)\b/g, ["lower", "upper"], "another function", 0.35, "likely"],
  [/\b(lstrip|rstrip|strip)\b/g, ["strip", "lstrip", "rstrip"], "another function", 0.35, "likely"],
  [/\b(first|last)\b/g, ["first", "last"], "another function", 0.3, "likely"],
  [/\b(startswith|endswith)\b/g, ["startswith", "endswith"], "another function", 0.35, "likely"],
  [/\b(break|continue)\b/g, ["break", "continue"], "jump", 0.3, "plausible"],
  [/\b(floor|ceil|round)\b/g, ["floor", "ceil", "round"], "another function", 0.35, "likely"],
];

/** Edits for a source in any language, found in its text alone; comments that take whole lines are left out. */
export function textEdits(text: string, hints: Hints): Edit[] {
  const edits: Edit[] = [];
  const strings = [
    ...new Set([...text.matchAll(/(["'])(?:\\.|(?!\1)[^\\\n]){0,30}\1/g)].map((match) => match[0])),
  ].slice(0, 12);
  let start = 0;
  for (const line of text.split("\n")) {
    if (/\w/.test(line) && !/^\s*(#|\/\/|\*|\/\*|--|;)/.test(line)) {
      const edit = (from: number, to: number, replacement: string, kind: string, prior: number, tier: Tier) =>
        edits.push({ start: start + from, end: start + to, text: replacement, kind, prior, tier });
      swaps(line, edit);
      numbers(line, edit);
      words(line, strings, text, hints, edit);
      edit(0, line.length, "", "leave out a line", 0.1, "doubtful");
      if (!/[{}:]\s*$/.test(line)) edit(line.length, line.length, `\n${line}`, "repeat a line", 0.04, "doubtful");
    }
    start += line.length + 1;
  }
  return edits;
}

type Add = (from: number, to: number, replacement: string, kind: string, prior: number, tier: Tier) => unknown;

function swaps(line: string, add: Add): void {
  for (const [pattern, others, kind, prior, tier] of SWAPS) {
    for (const match of line.matchAll(pattern)) {
      for (const other of others) {
        if (other !== match[0]) add(match.index, match.index + match[0].length, other, kind, prior, tier);
      }
    }
  }
}

function numbers(line: string, add: Add): void {
  for (const match of line.matchAll(/(?<![\w.])\d+(?![\w.])/g)) {
    const value = Number(match[0]);
    for (const next of [value + 1, value - 1])
      add(match.index, match.index + match[0].length, String(next), "off by one", 0.45, "plausible");
    for (const next of [0, 1, value * 10]) {
      if (next !== value)
        add(match.index, match.index + match[0].length, String(next), "another number", 0.15, "plausible");
    }
  }
  for (const match of line.matchAll(/(?<=[\w\])]\s*[<>]=?\s*)[A-Za-z_][\w.]*(\([\w.]*\))?/g)) {
    for (const step of [" - 1", " + 1"])
      add(match.index + match[0].length, match.index + match[0].length, step, "off by one", 0.25, "plausible");
  }
  for (const match of line.matchAll(/[A-Za-z_][\w.]*(\([\w.]*\))?(?=\s*[)\]:,])/g)) {
    for (const step of [" - 1", " + 1"])
      add(match.index + match[0].length, match.index + match[0].length, step, "off by one", 0.1, "plausible");
  }
}

function words(line: string, strings: readonly string[], text: string, hints: Hints, add: Add): void {
  for (const match of line.matchAll(/(["'])(?:\\.|(?!\1)[^\\\n]){0,30}\1/g)) {
    for (const other of strings) {
      if (other !== match[0])
        add(match.index, match.index + match[0].length, other, "another string", 0.12, "plausible");
    }
  }
  const at = text.indexOf(line);
  const near = text.slice(Math.max(0, at - 600), at + line.length + 300);
  const names = [...new Set([...near.matchAll(/[A-Za-z_]\w*/g)].map((match) => match[0]))].filter(
    (name) => !KEYWORDS.has(name),
  );
  for (const match of line.matchAll(/(?<!['"\w])[A-Za-z_]\w*/g)) {
    if (KEYWORDS.has(match[0])) continue;
    for (const other of names.slice(-20)) {
      const hinted = hints.words.has(other.toLowerCase()) ? 0.08 : 0;
      if (other !== match[0])
        add(match.index, match.index + match[0].length, other, "another name", 0.06 + hinted, "doubtful");
    }
  }
  for (const match of line.matchAll(/\(([\w.]+), ([\w.]+)\)/g)) {
    add(match.index, match.index + match[0].length, `(${match[2]}, ${match[1]})`, "swap arguments", 0.3, "likely");
  }
}

const KEYWORDS = new Set(
  (
    "if else elif for while return def class import from as in is not and or None True False self this new const let var function " +
    "try except catch finally raise throw with pass break continue lambda func fn pub use mod struct impl end do then begin int string"
  ).split(" "),
);
