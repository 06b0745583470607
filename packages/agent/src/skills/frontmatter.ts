/*
 * The head of a SKILL.md: the part of YAML that such files use. Whoever wrote `description: Use for: tables` meant it as
 * it stands, so plain values may hold what strict YAML would refuse.
 */

export type Field = {
  readonly value: string | readonly string[] | Readonly<Record<string, string>>;
  /** In the file, from 1. */
  readonly line: number;
};

export type Frontmatter =
  | { readonly ok: true; readonly fields: ReadonlyMap<string, Field>; readonly body: string }
  | { readonly ok: false; readonly line: number; readonly message: string };

type Line = { readonly text: string; readonly number: number };
type Fault = { readonly line: number; readonly message: string };

const indentOf = (text: string): number => text.length - text.trimStart().length;
const isBlank = ({ text }: Line): boolean => text.trim() === "" || /^\s*#/.test(text);

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", '"': '"', "\\": "\\", "/": "/" };

/** One value on one line; null when its quotes do not close. */
const scalar = (text: string): string | null => {
  const trimmed = text.trim();
  const quoted = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')\s*(?:#.*)?$/.exec(trimmed);
  if (quoted !== null) {
    const [, double, single = ""] = quoted;
    if (double === undefined) return single.replaceAll("''", "'");
    return double.replace(/\\(.)/g, (whole, letter: string) => escapes[letter] ?? whole);
  }
  return /^["']/.test(trimmed) ? null : trimmed.replace(/(?:^|\s+)#.*$/, "");
};

/** `|` keeps line ends, `>` folds them. */
const block = (style: string, lines: readonly Line[]): string => {
  const indent = Math.min(...lines.filter(({ text }) => text.trim() !== "").map(({ text }) => indentOf(text)));
  const texts = lines.map(({ text }) => text.slice(indent).trimEnd());
  const joined = style === "|" ? texts.join("\n") : texts.join("\n").replace(/([^\n])\n(?=[^\n])/g, "$1 ");
  return joined.trim();
};

const listOf = (lines: readonly Line[]): readonly string[] | Fault => {
  const values: string[] = [];
  for (const { text, number } of lines) {
    const value = /^\s*-\s+(.*)$/.exec(text)?.[1];
    const read = value === undefined ? null : scalar(value);
    if (read === null) return { line: number, message: 'a list has lines such as "- value"' };
    values.push(read);
  }
  return values;
};

const mapOf = (lines: readonly Line[]): Readonly<Record<string, string>> | Fault => {
  const entries: [string, string][] = [];
  for (const { text, number } of lines) {
    const [, key, rest = ""] = /^\s*([^\s:#][^:]*?)\s*:(?:\s+(.*))?$/.exec(text) ?? [];
    const value = key === undefined ? null : scalar(rest);
    if (key === undefined || value === null) return { line: number, message: 'a table has lines such as "key: value"' };
    entries.push([key, value]);
  }
  return Object.fromEntries(entries);
};

const isFault = (value: Field["value"] | Fault): value is Fault =>
  typeof value === "object" && !Array.isArray(value) && "line" in value && typeof value.line === "number";

/** What a key's own line and the indented ones below it come to. */
const fieldValue = (first: Line, rest: string, below: readonly Line[]): Field["value"] | Fault => {
  const style = /^([|>])[+-]?\d?$/.exec(rest.trim())?.[1];
  if (style !== undefined) return below.length === 0 ? "" : block(style, below);
  const lines = below.filter((line) => !isBlank(line));
  const long = lines.find(({ text }) => text.length > longestLine);
  if (long !== undefined) return { line: long.number, message: `the line is longer than ${longestLine} characters` };
  if (lines.some(({ text }) => text.includes("\t") && /^\s*\t/.test(text)))
    return { line: first.number + 1, message: "indented with a tab, which YAML does not allow" };
  if (rest.trim() === "" || rest.trim().startsWith("#")) {
    if (lines.length === 0) return "";
    if (/^\s*-\s/.test(lines[0]?.text ?? "")) return listOf(lines);
    return /^\s*[^\s:#][^:]*?\s*:(?:\s|$)/.test(lines[0]?.text ?? "") ? mapOf(lines) : block(">", lines);
  }
  const flow = /^\[(.*)\]$/.exec(rest.trim())?.[1];
  if (flow !== undefined && lines.length === 0)
    return flow.split(",").flatMap((part) => (part.trim() === "" ? [] : [scalar(part) ?? part.trim()]));
  const whole = [rest.trim(), ...lines.map(({ text }) => text.trim())].join(" ");
  return scalar(whole) ?? { line: first.number, message: "the quotes of this value do not close" };
};

/** No sensible field is longer, and what is unfriendly shall not take long to read. */
const longestLine = 4000;

const readFields = (lines: readonly Line[]): Map<string, Field> | Fault => {
  const fields = new Map<string, Field>();
  for (let at = 0; at < lines.length; ) {
    const line = lines[at];
    at += 1;
    if (line === undefined || isBlank(line)) continue;
    if (line.text.length > longestLine)
      return { line: line.number, message: `the line is longer than ${longestLine} characters` };
    const [, key, rest = ""] = /^([A-Za-z][\w-]*)\s*:(?:\s(.*))?$/.exec(line.text) ?? [];
    if (key === undefined) return { line: line.number, message: 'expected "key: value"' };
    if (fields.has(key)) return { line: line.number, message: `${key} is there twice` };
    const start = at;
    // Lists may stand as far left as their key.
    while (at < lines.length && /^(?:\s|$|- )/.test(lines[at]?.text ?? "")) at += 1;
    const value = fieldValue(line, rest, lines.slice(start, at));
    if (isFault(value)) return value;
    fields.set(key, { value, line: line.number });
  }
  return fields;
};

/** Reads the fields between the first two lines of `---`, and what follows them. Pure. */
export const readFrontmatter = (text: string): Frontmatter => {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, at): Line => ({ text: line, number: at + 1 }));
  if (lines[0]?.text.trimEnd() !== "---")
    return { ok: false, line: 1, message: 'a skill begins with a line "---", its fields, and another line "---"' };
  const end = lines.findIndex((line, at) => at > 0 && line.text.trimEnd() === "---");
  if (end < 0) return { ok: false, line: lines.length, message: 'there is no second line "---" after the fields' };
  const fields = readFields(lines.slice(1, end));
  if (!(fields instanceof Map)) return { ok: false, line: fields.line, message: fields.message };
  const body = lines
    .slice(end + 1)
    .map((line) => line.text)
    .join("\n");
  return { ok: true, fields, body: body.trim() };
};
