import { type Answer, answer } from "../answer.ts";
import { passed } from "../command-outcome.ts";
import type { Surroundings } from "../look-around.ts";
import { readRegular } from "../read-file.ts";
import type { Procedure } from "../replay.ts";
import { quick, runCommands } from "../run-command.ts";
import { quote } from "../run-tests.ts";
import { isTestFile } from "../test-command.ts";
import { findName } from "./find-name.ts";
import { cite, countHits, type Hit, isProse, listHits } from "./grep.ts";

/** Said with every answer, so that nobody takes a search for understanding. */
export const honesty = "I am the offline engine: I search the text of the code, I do not reason about it.";

/** What an answer that cites these places tells a schema. */
export const factsOf = (hits: readonly Hit[]) => ({
  success: hits.length > 0,
  files: [...new Set(hits.map(({ path }) => path))].slice(0, 20),
  citations: hits.slice(0, 20).map(cite),
});

/** The answer when a name occurs nowhere: perhaps a file is called so. */
export const nowhere = (subject: string, around: Surroundings): Answer => {
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
export function* readFrom(hit: Hit, before: number, after: number): Procedure<string> {
  const from = Math.max(1, hit.line - before);
  const [code] = yield* runCommands(`Reading ${cite(hit)}.`, [
    quick(readRegular(hit.path, (word) => `sed -n '${from},${hit.line + after}p' ${word}`)),
  ]);
  return code !== undefined && passed(code) ? code.output : "";
}

/** Where a name is defined. */
export function* askDefinition(around: Surroundings, subject: string): Procedure<Answer> {
  const { name, definitions, uses, more } = yield* findName(around, subject);
  const [best, ...others] = definitions;
  if (best === undefined && uses.length === 0) return nowhere(subject, around);
  if (best === undefined) {
    const text = `I found no line that looks like the definition of \`${name}\`; it occurs in ${countHits(uses, more)}:\n${listHits(uses, 10)}\n\n${honesty}`;
    return answer(text, factsOf(uses));
  }
  const code = yield* readFrom(best, 0, 7);
  const also =
    others.length === 0 ? "" : `\n\nAlso defined, or defined for something else of that name:\n${listHits(others, 5)}`;
  const used =
    uses.length === 0 ? "Nothing else mentions it." : `It is mentioned elsewhere in ${countHits(uses, more)}.`;
  const text = `\`${name}\` is defined at ${cite(best)}:\n${quote(code === "" ? best.text : code, 8)}${also}\n\n${used} ${honesty}`;
  return answer(text, factsOf(definitions));
}

/** Where a name is used, source before tests. */
export function* askUses(around: Surroundings, subject: string): Procedure<Answer> {
  const { name, definitions, uses, more } = yield* findName(around, subject);
  if (uses.length === 0 && definitions.length === 0) return nowhere(subject, around);
  const code = uses.filter(({ path }) => !isProse(path) && !isTestFile(path));
  const tests = uses.filter(({ path }) => isTestFile(path));
  const prose = uses.filter(({ path }) => isProse(path) && !isTestFile(path));
  const section = (title: string, hits: readonly Hit[], most: number): string =>
    hits.length === 0 ? "" : `\n\n${title} (${countHits(hits, more)}):\n${listHits(hits, most)}`;
  const defined = definitions[0] === undefined ? "" : `, defined at ${cite(definitions[0])},`;
  const head =
    uses.length === 0
      ? `\`${name}\`${defined} is used nowhere else`
      : `\`${name}\`${defined} is used in ${countHits(uses, more)}`;
  const text = `${head}.${section("Source", code, 15)}${section("Tests", tests, 8)}${section("Prose", prose, 3)}\n\n${honesty}`;
  return answer(text, { ...factsOf([...code, ...tests, ...prose]), success: true });
}

/** Which tests mention a name. */
export function* askTests(around: Surroundings, subject: string): Procedure<Answer> {
  const { name, definitions, uses, more } = yield* findName(around, subject);
  if (uses.length === 0 && definitions.length === 0) return nowhere(subject, around);
  const tests = [...uses, ...definitions].filter(({ path }) => isTestFile(path));
  if (tests.length === 0) {
    const where = definitions[0] === undefined ? "" : ` It is defined at ${cite(definitions[0])}.`;
    return answer(
      `No test file mentions \`${name}\` by name; tests may still reach it through other code.${where}\n\n${honesty}`,
      { ...factsOf(definitions), success: true },
    );
  }
  const text = `\`${name}\` is named in these tests (${countHits(tests, more)}):\n${listHits(tests, 15)}\n\n${honesty}`;
  return answer(text, factsOf(tests));
}
