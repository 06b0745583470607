import { replaceNode, type Template } from "../site.ts";
import { child, type SyntaxNode } from "../syntax.ts";
import type { Edit } from "../types.ts";

/** Repairs of regular expressions: anchors, flags, quantifiers, escapes, groups, character classes. */
export const regexTemplate: Template = function* (node, site) {
  if (node.type !== "RegExpLiteral") return;
  const pattern = String(node.pattern);
  const flags = String(node.flags);
  const seen = new Set<string>([`/${pattern}/${flags}`]);
  for (const [next, nextFlags, prior] of variants(pattern, flags, site.hints.characters)) {
    const text = `/${next}/${nextFlags}`;
    if (next === "" || seen.has(text) || !compiles(next, nextFlags)) continue;
    seen.add(text);
    yield replaceNode(node, text, "regular expression", prior, "likely");
  }
  yield* replaceAll(node, flags, site.parent(node));
};

type Variant = readonly [pattern: string, flags: string, prior: number];

function* variants(pattern: string, flags: string, characters: readonly string[]): Generator<Variant> {
  /* From Z to a lie brackets, the caret and others, which are hardly ever meant. */
  const letters = pattern.replaceAll(/(?<!\\)A-z/g, "A-Za-z");
  if (letters !== pattern) yield [letters, flags, 0.7];
  yield* anchors(pattern, flags);
  for (const flag of "igmsu") {
    yield [
      pattern,
      flags.includes(flag) ? flags.replace(flag, "") : flags + flag,
      flag === "i" || flag === "g" ? 0.55 : 0.4,
    ];
  }
  yield* edits(pattern, flags);
  yield* classes(pattern, flags, characters);
}

function* anchors(pattern: string, flags: string): Generator<Variant> {
  const starts = pattern.startsWith("^");
  const ends = pattern.endsWith("$") && !pattern.endsWith("\\$");
  const body = pattern.slice(starts ? 1 : 0, ends ? -1 : undefined);
  if (body.includes("|")) yield [`${starts ? "^" : ""}(?:${body})${ends ? "$" : ""}`, flags, 0.6];
  const safe = body.includes("|") ? `(?:${body})` : body;
  yield [`^${safe}$`, flags, 0.6];
  yield [starts ? `${body}${ends ? "$" : ""}` : `^${safe}${ends ? "$" : ""}`, flags, 0.55];
  yield [ends ? `${starts ? "^" : ""}${body}` : `${starts ? "^" : ""}${safe}$`, flags, 0.55];
  yield [`${pattern}+`, flags, 0.4];
  yield [`\\s*${pattern}`, flags, 0.25];
  yield [`${pattern}\\s*`, flags, 0.25];
  yield [`\\b${pattern}`, flags, 0.3];
  yield [`${pattern}\\b`, flags, 0.3];
}

/** One character of syntax changed, removed or added, wherever it stands. */
function* edits(pattern: string, flags: string): Generator<Variant> {
  const put = (at: number, length: number, text: string): string =>
    pattern.slice(0, at) + text + pattern.slice(at + length);
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    const next = pattern.charAt(i + 1);
    if (char === "\\") {
      if (/[dwsDWSb.]/.test(next)) yield* escapes(next, (text) => [put(i, 2, text), flags, 0.35]);
      i++;
      if (!inClass) yield* quantify(pattern, i + 1, flags);
      continue;
    }
    if (char === "[") inClass = true;
    else if (char === "]") {
      inClass = false;
      yield* quantify(pattern, i + 1, flags);
    } else if (!inClass) {
      if (char === ".") for (const text of ["\\.", "[\\s\\S]", "[^\\n]"]) yield [put(i, 1, text), flags, 0.45];
      if (/[+*?]/.test(char) && i > 0) yield* requantify(put, i, char, flags);
      if (char === "(" && next !== "?") yield [put(i, 1, "(?:"), flags, 0.2];
      if (char === ")") yield* quantify(pattern, i + 1, flags);
      if (/\w/.test(char)) yield [put(i + 1, 0, "?"), flags, 0.2];
    }
  }
}

function* escapes(kind: string, variant: (text: string) => Variant): Generator<Variant> {
  const others: Record<string, readonly string[]> = {
    d: ["\\d+", "[\\d.]", "\\w", "[\\da-f]"],
    w: ["[\\w-]", "[\\w.-]", "[\\w$]", "\\S", "[^\\s]"],
    s: ["\\s*", "\\s+", "[\\s,]", "[ \\t]", " "],
    ".": ["."],
  };
  for (const text of others[kind] ?? [`\\${kind === kind.toUpperCase() ? kind.toLowerCase() : kind.toUpperCase()}`])
    yield variant(text);
}

/** Quantifiers for an atom that ends at an offset and has none. */
function* quantify(pattern: string, end: number, flags: string): Generator<Variant> {
  if (/[+*?{]/.test(pattern.charAt(end))) return;
  for (const quantifier of ["?", "*", "+"])
    yield [pattern.slice(0, end) + quantifier + pattern.slice(end), flags, 0.35];
}

function* requantify(
  put: (at: number, length: number, text: string) => string,
  at: number,
  char: string,
  flags: string,
): Generator<Variant> {
  for (const other of ["+", "*", "?", "+?", "*?", ""]) if (other !== char) yield [put(at, 1, other), flags, 0.4];
}

/** Characters that the failing tests use, put into or taken out of character classes and into alternatives. */
function* classes(pattern: string, flags: string, characters: readonly string[]): Generator<Variant> {
  for (const match of pattern.matchAll(/\[(\^?)((?:\\.|[^\]\\])*)\]/g)) {
    const start = match.index;
    const inside = match[2] ?? "";
    const close = start + match[0].length - 1;
    for (const char of new Set([...characters, "-", "_", "\\s", "\\n", "\\d", "$", "."])) {
      const literal = /[\\\]^/-]/.test(char) && char.length === 1 ? `\\${char}` : char;
      if (!inside.includes(char)) yield [pattern.slice(0, close) + literal + pattern.slice(close), flags, 0.4];
    }
    const missing = characters
      .filter((char) => !inside.includes(char))
      .map((char) => (/[\\\]^/-]/.test(char) ? `\\${char}` : char));
    if (missing.length > 1) yield [pattern.slice(0, close) + missing.join("") + pattern.slice(close), flags, 0.4];
    for (const part of inside.matchAll(/\\.|.-.|./g)) {
      const at = start + 1 + (match[1] ?? "").length + part.index;
      if (inside.length > part[0].length) yield [pattern.slice(0, at) + pattern.slice(at + part[0].length), flags, 0.3];
    }
    if (match[1] === "^") yield [pattern.slice(0, start + 1) + pattern.slice(start + 2), flags, 0.2];
    else yield [`${pattern.slice(0, start + 1)}^${pattern.slice(start + 1)}`, flags, 0.2];
  }
  for (const char of characters) {
    const literal = /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
    yield [`${pattern}|${literal}`, flags, 0.2];
  }
}

/** `x.replace("a", …)` is once; the pattern's own flag is dealt with above. */
function* replaceAll(node: SyntaxNode, flags: string, parent: SyntaxNode | undefined): Generator<Edit> {
  const callee = child(parent, "callee");
  const property = child(callee, "property");
  if (property !== undefined && property.name === "test" && flags.includes("g")) {
    yield replaceNode(node, `/${String(node.pattern)}/${flags.replace("g", "")}`, "regular expression", 0.6, "likely");
  }
}

function compiles(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags) !== undefined;
  } catch {
    return false;
  }
}
