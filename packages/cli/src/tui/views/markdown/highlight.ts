import type { Line, Span, Style } from "../spans.ts";

/*
 * Colours for code, line by line, so that a line that was shown never changes: all that a line knows of those before is
 * whether it begins inside of a comment or a text. It is no parser: a few families of languages share one scanner.
 */

/** What the next line begins inside of: the words that end it, and how it looks. Null: nothing. */
export type Inside = { readonly end: string; readonly style: Style } | null;

type Language = {
  readonly line: readonly string[];
  readonly blocks: readonly (readonly [open: string, close: string, style: Style])[];
  readonly quotes: string;
  readonly keywords: ReadonlySet<string>;
};

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const common =
  "if else for while do switch case default break continue return try catch finally throw new this class extends true false null import export from as in of static public private protected void const let var function async await";
const cComment = [["/*", "*/", "comment"]] as const;

const compiled = words(
  `${common} int long short char float double bool boolean unsigned signed struct union enum typedef sizeof goto extern package interface implements final abstract override virtual template typename namespace using func fn let mut pub impl trait match use mod where loop move ref self Self crate dyn unsafe defer go chan map range select fallthrough nil type val fun object when is data sealed string byte rune error`,
);

const families: Readonly<Record<string, Language>> = {
  script: {
    line: ["//"],
    blocks: [...cComment, ["`", "`", "string"]],
    quotes: "\"'",
    keywords: words(
      `${common} interface type enum implements readonly typeof instanceof undefined yield delete satisfies keyof declare namespace super get set`,
    ),
  },
  c: { line: ["//"], blocks: cComment, quotes: "\"'", keywords: compiled },
  // An apostrophe there begins a lifetime more often than a character.
  rust: { line: ["//"], blocks: cComment, quotes: '"', keywords: compiled },
  python: {
    line: ["#"],
    blocks: [
      ['"""', '"""', "string"],
      ["'''", "'''", "string"],
    ],
    quotes: "\"'",
    keywords: words(
      "def class return if elif else for while try except finally raise import from as with lambda yield pass break continue global nonlocal assert del in is not and or None True False async await match case self",
    ),
  },
  hash: {
    line: ["#"],
    blocks: [],
    quotes: "\"'",
    keywords: words(
      "if then else elif fi for in do done while until case esac function return local export set unset source end def module class require begin rescue ensure unless yield true false null nil yes no FROM RUN COPY CMD ENTRYPOINT WORKDIR ENV ARG EXPOSE",
    ),
  },
  json: { line: [], blocks: [], quotes: '"', keywords: words("true false null") },
  markup: { line: [], blocks: [["<!--", "-->", "comment"]], quotes: '"', keywords: new Set() },
  style: { line: [], blocks: cComment, quotes: "\"'", keywords: new Set() },
  sql: {
    line: ["--"],
    blocks: cComment,
    quotes: "'\"",
    keywords: words(
      "select from where insert into values update set delete create table index view drop alter add column primary key foreign references not null unique default and or in is like between join left right inner outer on group by order having limit offset union all distinct as case when then else end begin commit rollback with exists SELECT FROM WHERE INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE INDEX VIEW DROP ALTER ADD COLUMN PRIMARY KEY FOREIGN REFERENCES NOT NULL UNIQUE DEFAULT AND OR IN IS LIKE BETWEEN JOIN LEFT RIGHT INNER OUTER ON GROUP BY ORDER HAVING LIMIT OFFSET UNION ALL DISTINCT AS CASE WHEN THEN ELSE END BEGIN COMMIT ROLLBACK WITH EXISTS",
    ),
  },
};

const names: Readonly<Record<string, string>> = {
  script: "js jsx mjs cjs ts tsx mts cts javascript typescript",
  c: "c h cc cpp c++ hpp cs csharp java kotlin kt go golang swift scala dart php zig",
  rust: "rust rs",
  python: "py python python3",
  hash: "sh bash zsh shell console fish yaml yml toml ini ruby rb dockerfile makefile make perl pl r conf env",
  json: "json jsonc json5 jsonl",
  markup: "html xml svg vue svelte",
  style: "css scss less",
  sql: "sql sqlite postgresql mysql",
};

const byName = new Map(
  Object.entries(names).flatMap(([family, all]) => all.split(" ").map((name) => [name, families[family]] as const)),
);

const diffStyle = (line: string): Style => {
  if (line.startsWith("+")) return "good";
  if (line.startsWith("-")) return "bad";
  return line.startsWith("@@") ? "accent" : "plain";
};

/** The end of a text in quotes, after `from`; null when this line does not end it: an apostrophe, a lifetime. */
const quoteEnd = (line: string, from: number, quote: string): number | null => {
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === "\\") at += 1;
    else if (line[at] === quote) return at + 1;
  }
  return null;
};

const token = /[A-Za-z_$][\w$]*|\d[\w.]*|\s+|[^\w\s$]/y;

const styleOf = (word: string, language: Language): Style => {
  if (/^\d/.test(word)) return "number";
  return language.keywords.has(word) ? "keyword" : "plain";
};

type Found = { readonly end: number; readonly style: Style; readonly inside: Inside };

const findAt = (line: string, at: number, language: Language): Found => {
  // A `#` or `--` inside of a word begins no comment.
  const free = at === 0 || /\s/.test(line[at - 1] ?? " ") || language.line[0] === "//";
  if (free && language.line.some((mark) => line.startsWith(mark, at)))
    return { end: line.length, style: "comment", inside: null };
  for (const [open, close, style] of language.blocks) {
    if (!line.startsWith(open, at)) continue;
    const end = line.indexOf(close, at + open.length);
    if (end === -1) return { end: line.length, style, inside: { end: close, style } };
    return { end: end + close.length, style, inside: null };
  }
  const character = line[at] ?? "";
  const end = language.quotes.includes(character) ? quoteEnd(line, at + 1, character) : null;
  if (end !== null) return { end, style: "string", inside: null };
  token.lastIndex = at;
  const word = token.exec(line)?.[0] ?? character;
  return { end: at + Math.max(1, word.length), style: styleOf(word, language), inside: null };
};

/** A line longer than this is data, and stays as it is. */
const longest = 2000;

/** One line of code in colours, and what the next begins inside of. An unknown language has none. */
export const highlightLine = (
  line: string,
  name: string,
  before: Inside,
): { readonly line: Line; readonly inside: Inside } => {
  const language = byName.get(name);
  if (name === "diff" || name === "patch") return { line: [{ text: line, style: diffStyle(line) }], inside: null };
  if (language === undefined || line.length > longest) return { line: [{ text: line, style: "plain" }], inside: null };
  const spans: Span[] = [];
  let at = 0;
  if (before !== null) {
    const end = line.indexOf(before.end);
    if (end === -1) return { line: [{ text: line, style: before.style }], inside: before };
    at = end + before.end.length;
    spans.push({ text: line.slice(0, at), style: before.style });
  }
  let inside: Inside = null;
  while (at < line.length) {
    const found = findAt(line, at, language);
    spans.push({ text: line.slice(at, found.end), style: found.style });
    inside = found.inside;
    at = found.end;
  }
  return { line: spans, inside };
};
