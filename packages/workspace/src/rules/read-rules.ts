import { parse, TomlError } from "smol-toml";
import * as z from "zod/mini";
import { simpleCommands } from "../shell/simple-commands.ts";
import { type Prefix, prefixIn } from "./prefix.ts";
import { readToolRule } from "./tool-rules.ts";
import type { Layer, Rule, RulesRead, ToolRule } from "./types.ts";

const word = z.string().check(z.minLength(1), z.maxLength(1000));
const examples = z.optional(z.array(word));
const ruleSchema = z.strictObject({
  prefix: z.array(z.union([word, z.array(word).check(z.minLength(1))])).check(z.minLength(1), z.maxLength(100)),
  decision: z.enum(["allow", "ask", "never"]),
  reason: z.optional(z.string()),
  run: z.optional(z.enum(["sandbox", "host"])),
  exact: z.optional(z.boolean()),
  match: examples,
  not_match: examples,
});
type RuleEntry = z.infer<typeof ruleSchema>;
const topSchema = z.strictObject({ rule: z.optional(z.array(z.unknown())), tool: z.optional(z.array(z.unknown())) });

const keys = "prefix, decision, reason, run, exact, match, not_match";
const remedies: Readonly<Record<string, string>> = {
  prefix: 'must be a list of words, such as ["git", "push"] or ["npm", ["test", "ci"]]',
  decision: 'must be "allow", "ask" or "never"',
  reason: "must be a text",
  run: 'must be "sandbox" or "host"',
  exact: "must be true or false",
  match: "must be a list of example commands",
  not_match: "must be a list of example commands",
};

const ruleHeader = /^\s*\[\[\s*(?:rule|"rule"|'rule')\s*\]\]/;
const toolHeader = /^\s*\[\[\s*(?:tool|"tool"|'tool')\s*\]\]/;

/** The line of a rule's header, or of a key below it; 1 when the file writes its rules in another way. */
const lineOf = (lines: readonly string[], index: number, key: string | null, header = ruleHeader): number => {
  const headers = lines.flatMap((line, at) => (header.test(line) ? [at] : []));
  const start = headers[index];
  if (start === undefined) return 1;
  if (key === null) return start + 1;
  const end = headers[index + 1] ?? lines.length;
  const named = new RegExp(`^\\s*["']?${key.replace(/[^\w-]/g, ".")}["']?\\s*=`);
  const at = lines.slice(start + 1, end).findIndex((line) => named.test(line));
  return at === -1 ? start + 1 : start + at + 2;
};

const unknownKey = (issue: { readonly code?: string }): string | null =>
  issue.code === "unrecognized_keys" ? ((issue as { keys?: string[] }).keys?.[0] ?? null) : null;

type Problem = { readonly key: string | null; readonly what: string };

/** An example is judged as a script: some command of it must be one that the rule speaks of, or none. */
const exampleProblem = (entry: RuleEntry, rule: Rule): Problem | null => {
  for (const key of ["match", "not_match"] as const) {
    for (const example of entry[key] ?? []) {
      const { commands } = simpleCommands(example);
      const matched = commands.some((command) => rule.matches(command.words));
      if (matched === (key === "match")) continue;
      const says = matched ? "matches it, but must not" : "does not match it";
      return { key, what: `${key}: the rule ${says}: ${JSON.stringify(example)}; change the prefix or the example` };
    }
  }
  return null;
};

/** A program's name that no command can have; nobody should rely on a rule that never speaks. */
const programProblem = ([place = ""]: Prefix): string | null => {
  for (const program of typeof place === "string" ? [place] : place) {
    const shown = JSON.stringify(program);
    if (/\s/.test(program))
      return `prefix: ${shown} is more than a program; write each word by itself: ${JSON.stringify(program.trim().split(/\s+/))}`;
    if (/[*?]/.test(program))
      return `prefix: ${shown} is a pattern; name the program, or several as a list in the list`;
    if (program.startsWith("~")) return `prefix: ${shown}: write the whole path instead of ~`;
  }
  return null;
};

const ruleOf = (entry: RuleEntry, source: string, layer: Layer): Rule => {
  const find = prefixIn(entry.prefix, entry.decision, entry.exact === true);
  return {
    ...ruleBasics(entry, source, layer),
    matches: (words) => find(words) !== null,
    named: (words) => find(words) ?? [],
  };
};

const ruleBasics = (entry: RuleEntry, source: string, layer: Layer): Omit<Rule, "matches"> => ({
  layer,
  source,
  decision: entry.decision,
  reason: entry.reason?.trim().replace(/\s+/g, " ") ?? null,
  run: entry.run ?? "sandbox",
  precision: entry.prefix.length,
  exact: entry.exact === true,
});

const checkRule = (value: unknown, source: string, layer: Layer): Rule | Problem => {
  const parsed = ruleSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const stranger = issue === undefined ? null : unknownKey(issue);
    if (stranger !== null) return { key: stranger, what: `unknown key ${JSON.stringify(stranger)}; known are ${keys}` };
    const key = String(issue?.path[0] ?? "");
    return key === ""
      ? { key: null, what: "a rule must be a table" }
      : { key, what: `${key} ${remedies[key] ?? "is wrong"}` };
  }
  if (parsed.data.run === "host" && parsed.data.decision !== "allow")
    return { key: "run", what: 'run = "host" goes only with decision = "allow"' };
  if (parsed.data.exact === true && parsed.data.decision !== "allow")
    return { key: "exact", what: 'exact = true goes only with decision = "allow"' };
  const program = programProblem(parsed.data.prefix);
  if (program !== null) return { key: "prefix", what: program };
  const rule = ruleOf(parsed.data, source, layer);
  return exampleProblem(parsed.data, rule) ?? rule;
};

const parsedToml = (text: string, file: string): { ok: true; table: unknown } | Extract<RulesRead, { ok: false }> => {
  try {
    return { ok: true, table: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document:\s*/, "");
    return { ok: false, message: `${file}:${error.line}: invalid TOML: ${what}`, kept: [], keptTools: [] };
  }
};

/**
 * Reads a rules file. One wrong rule or one example that does not fit makes the whole file an error, so that nobody
 * relies on a prohibition that is not there.
 */
export const readRules = (text: string, { file, layer }: { file: string; layer: Layer }): RulesRead => {
  const toml = parsedToml(text, file);
  if (!toml.ok) return toml;
  const top = topSchema.safeParse(toml.table);
  const lines = text.split("\n");
  if (!top.success) {
    const [issue] = top.error.issues;
    const stranger = issue === undefined ? null : unknownKey(issue);
    const at = lines.findIndex((line) => stranger !== null && line.includes(stranger)) + 1;
    const key = String(issue?.path[0] ?? "rule");
    const what = stranger === null ? `${key} must be written as [[${key}]]` : `unknown key ${JSON.stringify(stranger)}`;
    const message = `${file}:${at || 1}: ${what}; a rules file holds [[rule]] and [[tool]] tables only`;
    return { ok: false, message, kept: [], keptTools: [] };
  }
  const rules: Rule[] = [];
  const tools: ToolRule[] = [];
  let problem: string | null = null;
  for (const [index, value] of (top.data.rule ?? []).entries()) {
    const checked = checkRule(value, `${file}:${lineOf(lines, index, null)}`, layer);
    if ("what" in checked) problem ??= `${file}:${lineOf(lines, index, checked.key)}: ${checked.what}`;
    else rules.push(checked);
  }
  for (const [index, value] of (top.data.tool ?? []).entries()) {
    const source = `${file}:${lineOf(lines, index, null, toolHeader)}`;
    const read = readToolRule(value, source, layer);
    if (typeof read === "string") problem ??= `${source}: ${read}`;
    else tools.push(read);
  }
  if (problem === null) return { ok: true, rules, tools };
  return { ok: false, message: problem, kept: rules.filter(restricts), keptTools: tools.filter(restricts) };
};

const restricts = ({ decision }: { readonly decision: string }): boolean => decision !== "allow";
