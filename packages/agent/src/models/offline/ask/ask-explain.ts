import { type Answer, answer } from "../answer.ts";
import type { Surroundings } from "../look-around.ts";
import type { Procedure } from "../replay.ts";
import { quote } from "../run-tests.ts";
import { isTestFile } from "../test-command.ts";
import { askUses, factsOf, honesty, nowhere, readFrom } from "./ask-symbol.ts";
import { findName } from "./find-name.ts";
import { cite, isProse, listHits } from "./grep.ts";

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

const closing = /^\s*[)\]}]+[;,)]*\s*$|^\s*end\s*$/;

/** The body that begins at the first line, as far as indentation tells. */
const bodyOf = (lines: readonly string[]): string[] => {
  const depthOf = (line: string): number => line.length - line.trimStart().length;
  const indent = depthOf(lines[0] ?? "");
  const end = lines.findIndex((line, index) => index > 0 && line.trim() !== "" && depthOf(line) <= indent);
  // The end of a parameter list over several lines stands at the same depth as the body's end.
  const next = lines[end] ?? "";
  if (end > 0 && /^\s*\).*[{:>]\s*$/.test(next)) return [...lines.slice(0, end), ...bodyOf(lines.slice(end))];
  return end < 0 ? [...lines] : lines.slice(0, closing.test(next) ? end + 1 : end);
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
    factsOf([best, ...source.slice(0, 6), ...tests.slice(0, 5)]),
  );
}
