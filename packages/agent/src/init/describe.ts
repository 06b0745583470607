import { extname } from "node:path";
import { isTestFile, type ProjectFacts, readPackageManifest } from "../models/offline/test-command.ts";
import type { Purpose } from "./candidates.ts";

/** A command that was seen to exit 0. */
export type SeenCommand = { readonly purpose: Purpose; readonly command: string; readonly durationMs: number };

const languages: Readonly<Record<string, string>> = {
  ".ts": "TypeScript",
  ".tsx": "TypeScript",
  ".mts": "TypeScript",
  ".js": "JavaScript",
  ".mjs": "JavaScript",
  ".cjs": "JavaScript",
  ".jsx": "JavaScript",
  ".py": "Python",
  ".go": "Go",
  ".rs": "Rust",
  ".c": "C",
  ".h": "C",
  ".cc": "C++",
  ".cpp": "C++",
  ".hpp": "C++",
  ".java": "Java",
  ".kt": "Kotlin",
  ".rb": "Ruby",
  ".php": "PHP",
  ".cs": "C#",
  ".swift": "Swift",
  ".ex": "Elixir",
  ".exs": "Elixir",
  ".sh": "shell",
  ".md": "Markdown",
  ".html": "HTML",
  ".css": "CSS",
  ".sql": "SQL",
};

/** One line of text that cannot end a code span or begin anything else in Markdown. */
const plain = (text: string, length: number): string => {
  const line = text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll("`", "'")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length - 1).toWellFormed()}…` : line;
};

const fieldIn = (text: string, table: string, key: string): string => {
  const at = text.indexOf(`[${table}]`);
  const body = at < 0 ? "" : (text.slice(at + table.length + 2).split(/^\[/m)[0] ?? "");
  return new RegExp(`^${key}\\s*=\\s*["']([^"'\\n]*)["']`, "m").exec(body)?.[1] ?? "";
};

const mostReadme = 20_000;

/** The first paragraph that is prose: no heading, badge, quote, list, table or code. */
const firstParagraph = (readme: string): string => {
  const paragraphs = readme
    .slice(0, mostReadme)
    .replace(/```[\s\S]*?(?:```|$)/g, "\n\n")
    .split(/\n\s*\n/);
  const prose = paragraphs.find(
    (text) => /^[\p{L}*_[]/u.test(text.trim()) && !/^\s*(?:\[!\[|!\[|[*_-]\s|.*\n[=-]{3,})/.test(text),
  );
  return (prose ?? "").replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/(?<!\w)[*_]{1,3}|[*_]{1,3}(?!\w)/g, "");
};

/** Its name and what it is, from manifest or README. */
const whatItIs = (facts: ProjectFacts, folder: string): { name: string; description: string } => {
  const text = (path: string): string => facts.texts.get(path) ?? "";
  const manifest = readPackageManifest(text("package.json") || "null");
  const readme = facts.files.find((path) => /^readme(?:\.\w+)?$/i.test(path));
  const names = [
    manifest?.name ?? "",
    fieldIn(text("pyproject.toml"), "project", "name"),
    fieldIn(text("Cargo.toml"), "package", "name"),
    /^module\s+(\S+)/m.exec(text("go.mod"))?.[1] ?? "",
  ];
  const descriptions = [
    manifest?.description ?? "",
    fieldIn(text("pyproject.toml"), "project", "description"),
    fieldIn(text("Cargo.toml"), "package", "description"),
    readme === undefined ? "" : firstParagraph(text(readme)),
  ];
  return {
    name: plain(names.find((name) => name !== "") ?? folder, 80),
    description: plain(descriptions.find((description) => description !== "") ?? "", 300),
  };
};

const mostCommon = (values: readonly string[]): string | null => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
};

const mostFolders = 12;
const mostNames = 8;

const listed = (names: readonly string[]): string => {
  const shown = names.slice(0, mostNames).map((name) => `\`${plain(name, 80)}\``);
  return shown.join(", ") + (names.length > mostNames ? ` and ${names.length - mostNames} more` : "");
};

const folderLine = (folder: string, files: readonly string[]): string => {
  const language = mostCommon(files.flatMap((path) => languages[extname(path)] ?? []));
  const tests = files.filter(isTestFile).length * 2 > files.length ? ", tests" : "";
  const manifest = /^([^/]+\/[^/]+)\/(?:package\.json|pyproject\.toml|Cargo\.toml|go\.mod)$/;
  const packages = files.flatMap((path) => manifest.exec(path)?.[1] ?? []);
  const count = files.length === 1 ? "1 file" : `${files.length} files`;
  const inside =
    packages.length < 2
      ? ""
      : `; packages ${listed([...new Set(packages)].map((path) => path.slice(folder.length + 1)))}`;
  return `- \`${plain(folder, 80)}/\` ${count}${language === null ? "" : `, mostly ${language}`}${tests}${inside}`;
};

const layout = (facts: ProjectFacts): string[] => {
  const folders = new Map<string, string[]>();
  const top: string[] = [];
  for (const path of facts.files) {
    const at = path.indexOf("/");
    if (at < 0) top.push(path);
    else if (!path.startsWith(".")) folders.set(path.slice(0, at), [...(folders.get(path.slice(0, at)) ?? []), path]);
  }
  const largest = [...folders].sort((a, b) => b[1].length - a[1].length).slice(0, mostFolders);
  const more = folders.size - largest.length;
  return [
    ...largest.sort(([a], [b]) => (a < b ? -1 : 1)).map(([folder, files]) => folderLine(folder, files)),
    ...(more > 0 ? [`- and ${more} smaller folders`] : []),
    ...(top.length > 0 ? [`- at the top: ${listed(top)}`] : []),
  ];
};

const purposes: Readonly<Record<Purpose, string>> = {
  test: "tests",
  types: "types",
  lint: "linter",
  format: "format, changes nothing",
  check: "checks",
  build: "build",
};

/** A duration as people say it: `0.4 s`, `2 min 5 s`. */
export const durationWords = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

/** A first AGENTS.md. Pure. */
export const describeRepository = (facts: ProjectFacts, folder: string, seen: readonly SeenCommand[]): string => {
  const { name, description } = whatItIs(facts, folder);
  const commands = seen.map(
    ({ purpose, command, durationMs }) => `- \`${command}\` ${purposes[purpose]} (${durationWords(durationMs)})`,
  );
  const sections = [
    "# For agents working in this repository",
    `${name}${description === "" ? "" : `: ${description}`}`,
    ["## Layout", ...layout(facts)].join("\n"),
    ...(commands.length === 0
      ? []
      : [["## Commands", "Each was run once in the sandbox, without network, and exited 0.", ...commands].join("\n")]),
  ];
  return `${sections.join("\n\n")}\n`;
};
