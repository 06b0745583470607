import { type Answer, answer } from "../answer.ts";
import { passed } from "../command-outcome.ts";
import type { Surroundings } from "../look-around.ts";
import type { Procedure } from "../replay.ts";
import { quick, runCommands } from "../run-command.ts";
import { quote } from "../run-tests.ts";
import { quotePath } from "../shell-quote.ts";
import { isTestFile } from "../test-command.ts";
import { honesty } from "./ask-symbol.ts";
import { cite, grepCommand, type Hit, isDerived, isProse, listHits, readHits } from "./grep.ts";

type Ranked = { readonly path: string; readonly words: number; readonly hits: readonly Hit[]; readonly score: number };

/** Files by how many of the words they hold, then by where; source before tests and prose. */
export const rankFiles = (words: readonly string[], found: readonly (readonly Hit[])[]): Ranked[] => {
  const byPath = new Map<string, { words: Set<number>; hits: Hit[] }>();
  for (const [index, hits] of found.entries())
    for (const hit of hits) {
      if (isDerived(hit.path)) continue;
      const entry = byPath.get(hit.path) ?? { words: new Set(), hits: [] };
      entry.words.add(index);
      if (!entry.hits.some(({ line }) => line === hit.line)) entry.hits.push(hit);
      byPath.set(hit.path, entry);
    }
  const scored = [...byPath].map(([path, entry]) => {
    const named = words.filter((word) => path.toLowerCase().includes(word.toLowerCase())).length;
    const place = (isTestFile(path) ? -0.5 : 0) + (isProse(path) ? -0.75 : 0);
    const score = entry.words.size * 2 + named + Math.min(entry.hits.length, 10) / 20 + place;
    return { path, words: entry.words.size, hits: entry.hits, score };
  });
  return scored.sort((a, b) => b.score - a.score || a.path.localeCompare(b.path));
};

/** Searches for the words of a question and shows the places that hold most of them. */
export function* askWords(around: Surroundings, words: readonly string[]): Procedure<Answer> {
  // Word stems: "parsing" also finds "parse".
  const stems = words.map((word) => (/^[a-z]{6,}$/i.test(word) ? word.replace(/(?:ings?|ed|es|s|ions?)$/i, "") : word));
  const outcomes = yield* runCommands(
    `Searching for ${words.join(", ")}.`,
    stems.map((pattern) => quick(grepCommand(around.isGit, { pattern, literal: true, ignoreCase: true, limit: 150 }))),
  );
  const ranked = rankFiles(stems, outcomes.map(readHits));
  const [best] = ranked;
  if (best === undefined)
    return answer(`I found nothing with the words ${words.join(", ")} in the files of this folder. ${honesty}`);
  const shown = ranked.slice(0, 4);
  const sections = shown.map(({ path, words: count, hits }) => {
    const sorted = [...hits].sort((a, b) => a.line - b.line);
    return `${path} (${count} of ${words.length} words):\n${listHits(sorted, 5)}`;
  });
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
    citations: shown.flatMap(({ hits }) => hits.slice(0, 3).map(cite)),
  });
}

const outline =
  /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function\*?|class|interface|type|enum|const|def|func|fn|struct|trait|impl|pub|module|exports?\.)\b|^(?:module\.)?exports\b|^#{1,3} /;

/** What can be said of a file from its text: how it begins and what it declares at its top level. */
export function* askFile(around: Surroundings, path: string): Procedure<Answer> {
  const [head, whole, mentions] = yield* runCommands(`Reading ${path}.`, [
    quick(`head -n 25 ${quotePath(path)}`),
    quick(`grep -nE '^[^[:space:]/*]' ${quotePath(path)} | cut -c1-160 | head -200`),
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
