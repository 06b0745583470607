import { type Answer, answer } from "../answer.ts";
import { passed } from "../command-outcome.ts";
import type { Surroundings } from "../look-around.ts";
import { readRegular } from "../read-file.ts";
import type { Procedure } from "../replay.ts";
import { quick, runCommands } from "../run-command.ts";
import { quote } from "../run-tests.ts";
import { isTestFile } from "../test-command.ts";
import { honesty } from "./ask-symbol.ts";
import { cite, grepCommand, type Hit, isDerived, isProse, listHits, readCounts, readHits } from "./grep.ts";

type Ranked = { readonly path: string; readonly words: number };

/**
 * Files by the words they hold, rare words weighing more, and by what their paths name. `counts` has for each word
 * how many lines of which file hold it. Source comes before tests and prose.
 */
export const rankFiles = (words: readonly string[], counts: readonly ReadonlyMap<string, number>[]): Ranked[] => {
  const paths = new Set(counts.flatMap((byPath) => [...byPath.keys()]).filter((path) => !isDerived(path)));
  const weights = counts.map((byPath) => Math.log(1 + (paths.size + 1) / (byPath.size + 1)));
  const scored = [...paths].map((path) => {
    const held = counts.flatMap((byPath, index) => (byPath.has(path) ? [index] : []));
    const often = held.reduce(
      (sum, index) => sum + (weights[index] ?? 0) * (1 + Math.log(counts[index]?.get(path) ?? 1) / 4),
      0,
    );
    const lower = path.toLowerCase();
    const named = words.reduce(
      (sum, word, index) => sum + (lower.includes(word.toLowerCase()) ? (weights[index] ?? 0) : 0),
      0,
    );
    const place = isTestFile(path) || isProse(path) ? 0.6 : 1;
    return { path, words: held.length, score: (often + named) * place };
  });
  return scored
    .sort((a, b) => b.score - a.score || a.path.localeCompare(b.path))
    .map(({ path, words: held }) => ({ path, words: held }));
};

/** Lines that hold most of the words first; among equals declarations, then in order. */
export const rankLines = (words: readonly string[], hits: readonly Hit[]): Hit[] => {
  const scoreOf = ({ text }: Hit): number => {
    const lower = text.toLowerCase();
    const held = words.filter((word) => lower.includes(word.toLowerCase())).length;
    return held * 2 + (outline.test(text) ? 1 : 0) - (/^\s*(?:import|from|use|require|#include)\b/.test(text) ? 2 : 0);
  };
  return hits
    .map((hit) => ({ hit, score: scoreOf(hit) }))
    .sort((a, b) => b.score - a.score || a.hit.line - b.hit.line)
    .map(({ hit }) => hit);
};

/** Word stems, so that "parsing" also finds "parse". */
const stemOf = (word: string): string =>
  /^[a-z]{6,}$/i.test(word) ? word.replace(/(?:ings?|ed|es|s|ions?)$/i, "") : word;

/** Searches for the words of a question and shows the places that hold most of them. */
export function* askWords(around: Surroundings, words: readonly string[]): Procedure<Answer> {
  const stems = words.map(stemOf);
  const { isGit } = around;
  const options = { literal: true, ignoreCase: true };
  const counted = yield* runCommands(
    `Searching for ${words.join(", ")}.`,
    stems.map((pattern) => quick(grepCommand(isGit, { ...options, pattern, count: true, limit: 250 }))),
  );
  const ranked = rankFiles(stems, counted.map(readCounts));
  const shown = ranked.slice(0, 4);
  if (shown.length === 0)
    return answer(`I found nothing with the words ${words.join(", ")} in the files of this folder. ${honesty}`);
  const found = yield* runCommands(
    "Reading the places that speak most of it.",
    shown.map(({ path }) => quick(grepCommand(isGit, { ...options, pattern: stems, paths: [path], limit: 100 }))),
  );
  const places = found.map((outcome) => rankLines(stems, readHits(outcome)).slice(0, 5));
  const sections = shown.map(
    ({ path, words: held }, index) =>
      `${path} (${held} of ${words.length} words):\n${listHits(places[index] ?? [], 5)}`,
  );
  const others = ranked.slice(4, 10).map(({ path }) => path);
  const text = [
    `Searched for: ${words.join(", ")}. The files that speak most of it:`,
    ...sections,
    others.length === 0 ? "" : `Also: ${others.join(", ")}.`,
    `${honesty} Ask "what does NAME do" for one of these names to see its code.`,
  ];
  return answer(text.filter((part) => part !== "").join("\n\n"), {
    success: true,
    files: ranked.slice(0, 10).map(({ path }) => path),
    citations: places.flatMap((hits) => hits.slice(0, 3).map(cite)),
  });
}

const outline =
  /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function\*?|class|interface|type|enum|const|def|func|fn|struct|trait|impl|pub|module|exports?\.)\b|^(?:module\.)?exports\b|^#{1,3} /;

/** What can be said of a file from its text: how it begins and what it declares at its top level. */
export function* askFile(around: Surroundings, path: string): Procedure<Answer> {
  const [head, whole, mentions] = yield* runCommands(`Reading ${path}.`, [
    quick(readRegular(path, (word) => `head -c 100000 ${word} | head -n 25`)),
    quick(readRegular(path, (word) => `grep -nE '^[^[:space:]/*]' ${word} | cut -c1-160 | head -200`)),
    quick(
      grepCommand(around.isGit, {
        pattern:
          path
            .split("/")
            .at(-1)
            ?.replace(/\.\w+$/, "") ?? path,
        literal: true,
        word: true,
      }),
    ),
  ]);
  if (head === undefined || !passed(head)) return answer(`I cannot read ${path}: ${head?.output.trim() ?? ""}`);
  const rows = (whole?.output ?? "").split("\n").flatMap((row) => {
    const match = /^(\d+):(.*)$/.exec(row);
    return match === null || !outline.test(match[2] ?? "")
      ? []
      : [{ path, line: Number(match[1]), text: match[2] ?? "" }];
  });
  const users = (mentions === undefined ? [] : readHits(mentions)).filter(
    (hit) => hit.path !== path && /\b(?:import|require|from|include|use)\b/.test(hit.text) && !isDerived(hit.path),
  );
  const text = [
    `${path} begins:\n${quote(head.output, 25)}`,
    rows.length === 0 ? "" : `It declares:\n${listHits(rows, 20)}`,
    users.length === 0 ? "" : `Loaded by:\n${listHits(users, 6)}`,
    honesty,
  ];
  return answer(text.filter((part) => part !== "").join("\n\n"), {
    success: true,
    files: [path],
    citations: rows.slice(0, 20).map(cite),
  });
}
