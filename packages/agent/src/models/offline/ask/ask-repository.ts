import { type Answer, answer } from "../answer.ts";
import type { Surroundings } from "../look-around.ts";
import type { Procedure } from "../replay.ts";
import { quick, runCommands } from "../run-command.ts";
import {
  commandInInstructions,
  isTestFile,
  readPackageManifest,
  type TestCommand,
  testCommands,
} from "../test-command.ts";
import { honesty } from "./ask-symbol.ts";
import { cite, countHits, grepCommand, listHits, readHits } from "./grep.ts";

const languages: Readonly<Record<string, string>> = {
  js: "JavaScript",
  mjs: "JavaScript",
  cjs: "JavaScript",
  jsx: "JavaScript",
  ts: "TypeScript",
  mts: "TypeScript",
  cts: "TypeScript",
  tsx: "TypeScript",
  py: "Python",
  go: "Go",
  rs: "Rust",
  java: "Java",
  kt: "Kotlin",
  c: "C",
  h: "C",
  cc: "C++",
  cpp: "C++",
  hpp: "C++",
  cs: "C#",
  rb: "Ruby",
  php: "PHP",
  swift: "Swift",
  sh: "shell",
  md: "Markdown",
  html: "HTML",
  css: "CSS",
  sql: "SQL",
  ex: "Elixir",
};

const tally = (keys: readonly string[]): [string, number][] => {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
};

const languageLine = (files: readonly string[]): string => {
  const known = files.flatMap((path) => languages[path.split(".").at(-1)?.toLowerCase() ?? ""] ?? []);
  return tally(known)
    .slice(0, 5)
    .map(([language, count]) => `${language} ${count}`)
    .join(", ");
};

const folderLines = (files: readonly string[]): string =>
  tally(files.filter((path) => path.includes("/")).map((path) => path.slice(0, path.indexOf("/"))))
    .slice(0, 12)
    .map(([folder, count]) => `- ${folder}/ (${count} file${count === 1 ? "" : "s"})`)
    .join("\n");

const readmeOf = (around: Surroundings): { path: string; text: string } | null => {
  const found = [...around.texts].find(([path]) => /^readme/i.test(path));
  return found === undefined ? null : { path: found[0], text: found[1] };
};

/** The README's first sentence-like paragraph, without titles, badges and markup. */
const firstParagraph = (markdown: string): string => {
  const paragraphs = markdown.replace(/```[\s\S]*?```|<!--[\s\S]*?-->/g, "").split(/\n\s*\n/);
  const plain = paragraphs.map((text) =>
    text
      .replace(/^#+ .*$/gm, "")
      .replace(/^=+$|^-+$/gm, "")
      .replace(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])/g, "")
      .replace(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
      .replace(/<[^>]+>/g, "")
      .replace(/\s+/g, " ")
      .trim(),
  );
  return plain.find((text) => text.length > 25 && /[a-z]/i.test(text) && !text.startsWith("|"))?.slice(0, 400) ?? "";
};

/** Lines of the README's code blocks that look like commands. */
const readmeCommands = (markdown: string): string[] =>
  [...markdown.matchAll(/```[^\n]*\n([\s\S]*?)```/g)]
    .flatMap(([, body]) => (body ?? "").split("\n"))
    .map((line) => line.replace(/^\s*\$\s+/, "").trim())
    .filter((line) =>
      /^(?:npm|npx|pnpm|yarn|bun|node|make|pip3?|python3?|go|cargo|docker|deno|gradle|mvn|\.\/)/.test(line),
    )
    .slice(0, 8);

const manifestOf = (around: Surroundings) => {
  const text = around.texts.get("package.json");
  return text === undefined ? null : readPackageManifest(text);
};

const runLines = (around: Surroundings, surroundings: string): string[] => {
  const scripts = Object.entries(manifestOf(around)?.scripts ?? {}).slice(0, 15);
  const instructed = commandInInstructions(surroundings);
  const [found] = testCommands(around);
  const test: TestCommand | undefined = instructed === null ? found : { command: instructed, source: "AGENTS.md" };
  const make = [...around.texts].find(([path]) => /^(?:GNUm|M|m)akefile$/.test(path))?.[1] ?? "";
  const targets = [...make.matchAll(/^([A-Za-z][\w-]*)\s*:(?!=)/gm)]
    .map(([, target]) => `make ${target ?? ""}`)
    .slice(0, 12);
  const readme = readmeOf(around);
  const commands = readme === null ? [] : readmeCommands(readme.text);
  return [
    test === undefined ? "I found no command that runs its tests." : `Tests: \`${test.command}\` (${test.source})`,
    ...(scripts.length === 0
      ? []
      : [
          `Scripts of package.json:\n${scripts.map(([name, script]) => `- npm run ${name}: ${script.slice(0, 120)}`).join("\n")}`,
        ]),
    ...(targets.length === 0 ? [] : [`Makefile: ${targets.join(", ")}`]),
    ...(commands.length === 0 || readme === null
      ? []
      : [`Commands that ${readme.path} shows:\n${commands.map((line) => `- ${line}`).join("\n")}`]),
  ];
};

const entryLine = (around: Surroundings): string => {
  const manifest = manifestOf(around);
  if (manifest === null) return "";
  const bins = typeof manifest.bin === "string" ? [manifest.bin] : Object.values(manifest.bin ?? {}).map(String);
  const main = typeof manifest.main === "string" ? [manifest.main] : [];
  const entries = [...new Set([...main, ...bins])].slice(0, 5);
  return entries.length === 0 ? "" : `It starts at ${entries.join(", ")} (package.json).`;
};

const present = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");

/** What the repository is, as its own files say it. */
export const describeRepository = (around: Surroundings, surroundings: string): Answer => {
  const manifest = manifestOf(around);
  const readme = readmeOf(around);
  const said = readme === null ? "" : firstParagraph(readme.text);
  const described = manifest?.description ?? "";
  const tests = around.files.filter(isTestFile).length;
  const count = around.more ? `${around.files.length} files or more` : `${around.files.length} files`;
  const text = present([
    [
      manifest?.name === undefined ? "" : `${manifest.name}${described === "" ? "" : `: ${described}`} (package.json)`,
      said === "" || readme === null ? "" : `${readme.path} says: ${said}`,
    ]
      .filter((line) => line !== "")
      .join("\n"),
    `${count}${tests === 0 ? "" : `, ${tests} of them tests`}; ${languageLine(around.files) || "no source in a language that I know"}.`,
    folderLines(around.files),
    entryLine(around),
    ...runLines(around, surroundings),
    around.changed.length === 0
      ? ""
      : `Changed since the last commit:\n${around.changed
          .slice(0, 8)
          .map((line) => `- ${line}`)
          .join("\n")}`,
    honesty,
  ]);
  return answer(text, {
    success: true,
    files: [...around.texts.keys()],
    command: testCommands(around)[0]?.command ?? null,
  });
};

/** How it is run, built and tested, as its own files say it. */
export const describeRunning = (around: Surroundings, surroundings: string): Answer =>
  answer(present([...runLines(around, surroundings), entryLine(around), honesty]), {
    success: true,
    files: [...around.texts.keys()],
    command: testCommands(around)[0]?.command ?? null,
  });

/** The notes to oneself that stand in the code. */
export function* askTodos(around: Surroundings): Procedure<Answer> {
  const pattern = "(^|[^[:alnum:]_])(TODO|FIXME|XXX|HACK)([^[:alnum:]_]|$)";
  const [found] = yield* runCommands("Searching for notes in the code.", [
    quick(grepCommand(around.isGit, { pattern, limit: 100 })),
  ]);
  const hits = found === undefined ? [] : readHits(found);
  if (hits.length === 0)
    return answer(`I found no TODO, FIXME, XXX or HACK in the files of this folder. ${honesty}`, { success: true });
  return answer(`There are notes in ${countHits(hits, hits.length >= 100)}:\n${listHits(hits, 25)}\n\n${honesty}`, {
    success: true,
    files: [...new Set(hits.map(({ path }) => path))],
    citations: hits.slice(0, 25).map(cite),
  });
}
