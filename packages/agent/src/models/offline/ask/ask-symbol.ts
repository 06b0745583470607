import { type Answer, answer } from "../answer.ts";
import { passed } from "../command-outcome.ts";
import type { Surroundings } from "../look-around.ts";
import type { Procedure } from "../replay.ts";
import { quick, runCommands } from "../run-command.ts";
import { quote } from "../run-tests.ts";
import { quotePath } from "../shell-quote.ts";
import { isTestFile } from "../test-command.ts";
import { definitionPattern, rankDefinitions } from "./definitions.ts";
import { cite, countHits, grepCommand, type Hit, isDerived, isProse, listHits, readHits } from "./grep.ts";

export const honesty = "I am the offline engine: I search the text of the code, I do not reason about it.";

const useLimit = 200;

/** `Foo.bar()` is looked up as `bar`. */
export const nameOf = (subject: string): string => {
  const plain = subject.replace(/\(.*$/, "").replace(/[:#]+/g, ".");
  return (
    plain
      .split(".")
      .filter((part) => part !== "")
      .at(-1) ?? subject
  );
};

const same = (a: Hit, b: Hit): boolean => a.path === b.path && a.line === b.line;

export type Found = { readonly name: string; readonly definitions: readonly Hit[]; readonly uses: readonly Hit[] };

/** Looks for a name's definitions and uses, without regard to case when it is nowhere as written. */
export function* findName(around: Surroundings, subject: string): Procedure<Found> {
  const name = nameOf(subject);
  const { isGit } = around;
  const search = (ignoreCase: boolean) => [
    quick(grepCommand(isGit, { pattern: definitionPattern(name), ignoreCase })),
    quick(grepCommand(isGit, { pattern: name, literal: true, word: true, ignoreCase, limit: useLimit })),
  ];
  let [defining, using] = yield* runCommands(`Searching for ${name}.`, search(false));
  let uses = using === undefined ? [] : readHits(using);
  let written = name;
  if (uses.length === 0) {
    [defining, using] = yield* runCommands(
      `Nothing has exactly that name; searching without regard to case.`,
      search(true),
    );
    uses = using === undefined ? [] : readHits(using);
    const [first] = uses;
    const at = first?.text.toLowerCase().indexOf(name.toLowerCase()) ?? -1;
    if (first !== undefined && at >= 0) written = first.text.slice(at, at + name.length);
  }
  const candidates = [...(defining === undefined ? [] : readHits(defining)), ...uses];
  const unique = candidates.filter((hit, index) => candidates.findIndex((other) => same(hit, other)) === index);
  const definitions = rankDefinitions(written, unique);
  const rest = uses.filter((hit) => !definitions.some((definition) => same(hit, definition)) && !isDerived(hit.path));
  return { name: written, definitions, uses: rest };
}

const facts = (hits: readonly Hit[]) => ({
  success: hits.length > 0,
  files: [...new Set(hits.map(({ path }) => path))].slice(0, 20),
  citations: hits.slice(0, 20).map(cite),
});

const nowhere = (subject: string, around: Surroundings): Answer => {
  const lower = subject.toLowerCase();
  const paths = around.files.filter((path) => path.toLowerCase().includes(lower)).slice(0, 8);
  const names =
    paths.length === 0 ? "" : ` Files with it in their name:\n${paths.map((path) => `- ${path}`).join("\n")}`;
  return answer(`I found no "${subject}" in the files of this folder.${names}\n\n${honesty}`, {
    success: paths.length > 0,
    files: paths,
  });
};

/** Reads the lines from a definition on. */
function* readFrom(hit: Hit, before: number, after: number): Procedure<string> {
  const from = Math.max(1, hit.line - before);
  const [code] = yield* runCommands(`Reading ${cite(hit)}.`, [
    quick(`sed -n '${from},${hit.line + after}p' ${quotePath(hit.path)}`),
  ]);
  return code !== undefined && passed(code) ? code.output : "";
}

/** Where a name is defined. */
export function* askDefinition(around: Surroundings, subject: string): Procedure<Answer> {
  const { name, definitions, uses } = yield* findName(around, subject);
  const [best, ...others] = definitions;
  if (best === undefined && uses.length === 0) return nowhere(subject, around);
  if (best === undefined) {
    const text = `I found no line that looks like the definition of \`${name}\`; it occurs in ${countHits(uses, useLimit)}:\n${listHits(uses, 10)}\n\n${honesty}`;
    return answer(text, facts(uses));
  }
  const code = yield* readFrom(best, 0, 7);
  const also =
    others.length === 0 ? "" : `\n\nAlso defined, or defined for something else of that name:\n${listHits(others, 5)}`;
  const used =
    uses.length === 0 ? "Nothing else mentions it." : `It is mentioned elsewhere in ${countHits(uses, useLimit)}.`;
  const text = `\`${name}\` is defined at ${cite(best)}:\n${quote(code === "" ? best.text : code, 8)}${also}\n\n${used} ${honesty}`;
  return answer(text, facts(definitions));
}

/** Where a name is used, source before tests. */
export function* askUses(around: Surroundings, subject: string): Procedure<Answer> {
  const { name, definitions, uses } = yield* findName(around, subject);
  if (uses.length === 0 && definitions.length === 0) return nowhere(subject, around);
  const code = uses.filter(({ path }) => !isProse(path) && !isTestFile(path));
  const tests = uses.filter(({ path }) => isTestFile(path));
  const prose = uses.filter(({ path }) => isProse(path) && !isTestFile(path));
  const section = (title: string, hits: readonly Hit[], most: number): string =>
    hits.length === 0 ? "" : `\n\n${title} (${countHits(hits, useLimit)}):\n${listHits(hits, most)}`;
  const defined = definitions[0] === undefined ? "" : `, defined at ${cite(definitions[0])},`;
  const head =
    uses.length === 0
      ? `\`${name}\`${defined} is used nowhere else`
      : `\`${name}\`${defined} is used in ${countHits(uses, useLimit)}`;
  const text = `${head}.${section("Source", code, 15)}${section("Tests", tests, 8)}${section("Prose", prose, 3)}\n\n${honesty}`;
  return answer(text, { ...facts([...code, ...tests, ...prose]), success: true });
}

/** Which tests mention a name. */
export function* askTests(around: Surroundings, subject: string): Procedure<Answer> {
  const { name, definitions, uses } = yield* findName(around, subject);
  if (uses.length === 0 && definitions.length === 0) return nowhere(subject, around);
  const tests = [...uses, ...definitions].filter(({ path }) => isTestFile(path));
  if (tests.length === 0) {
    const where = definitions[0] === undefined ? "" : ` It is defined at ${cite(definitions[0])}.`;
    return answer(
      `No test file mentions \`${name}\` by name; tests may still reach it through other code.${where}\n\n${honesty}`,
      { ...facts(definitions), success: true },
    );
  }
  const text = `\`${name}\` is named in these tests (${countHits(tests, useLimit)}):\n${listHits(tests, 15)}\n\n${honesty}`;
  return answer(text, facts(tests));
}

const called = (code: string, name: string): string[] => {
  const names = [...code.matchAll(/(?<![\w$.])([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)?)\s*\(/g)].map(
    ([, found]) => found ?? "",
  );
  const words = new Set([
    "if",
    "for",
    "while",
    "switch",
    "return",
    "catch",
    "function",
    "typeof",
    "await",
    "super",
    "def",
    "func",
    "fn",
    "elif",
    "print",
    "with",
    name,
  ]);
  return [...new Set(names)].filter((found) => !words.has(found)).slice(0, 10);
};

/** The body that begins at the first line, as far as indentation tells. */
const bodyOf = (lines: readonly string[]): string[] => {
  const indent = /^\s*/.exec(lines[0] ?? "")?.[0].length ?? 0;
  const end = lines.findIndex((line, index) => {
    if (index === 0 || line.trim() === "") return false;
    const depth = /^\s*/.exec(line)?.[0].length ?? 0;
    return (
      depth < indent ||
      (depth === indent && !/^\s*[)\]}{]/.test(line)) ||
      (/^\s*(?:\}|\};|end)\s*$/.test(line) && depth === indent)
    );
  });
  if (end < 0) return [...lines];
  return lines.slice(0, /^\s*(?:\}|\};|end|\}\);?)\s*$/.test(lines[end] ?? "") ? end + 1 : end).map((line) => line);
};

/** What can be said of a name from its text: its comment, its code, what it calls, who uses it. */
export function* askExplain(around: Surroundings, subject: string): Procedure<Answer> {
  const { name, definitions, uses } = yield* findName(around, subject);
  const [best] = definitions;
  if (best === undefined) return uses.length === 0 ? nowhere(subject, around) : yield* askUses(around, subject);
  const before = Math.min(best.line - 1, 12);
  const lines = (yield* readFrom(best, 12, 40)).split("\n");
  const comment: string[] = [];
  for (let at = before - 1; at >= 0 && /^\s*(?:\/\/|\/?\*|#|--|@)/.test(lines[at] ?? ""); at--)
    comment.unshift(lines[at] ?? "");
  const body = bodyOf(lines.slice(before));
  const calls = called(body.join("\n"), name);
  const tests = uses.filter(({ path }) => isTestFile(path));
  const source = uses.filter(({ path }) => !isTestFile(path) && !isProse(path));
  const parts = [
    `\`${name}\` is at ${cite(best)}. ${comment.length === 0 ? "It has no comment; its code says:" : "Its own comment and code say:"}`,
    quote([...comment, ...body.slice(0, 30)].join("\n"), 45) + (body.length > 30 ? "\n    …" : ""),
    calls.length === 0 ? "" : `It calls: ${calls.join(", ")}.`,
    source.length === 0 ? "No other source names it." : `Used by:\n${listHits(source, 6)}`,
    tests.length === 0 ? "No test names it." : `What the tests show of it:\n${listHits(tests, 5)}`,
    honesty,
  ];
  return answer(
    parts.filter((part) => part !== "").join("\n\n"),
    facts([best, ...source.slice(0, 6), ...tests.slice(0, 5)]),
  );
}
