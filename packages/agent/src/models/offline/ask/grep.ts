import type { CommandOutcome } from "../command-outcome.ts";
import { outputLines } from "../command-outcome.ts";
import { quoteWord } from "../shell-quote.ts";

/** One line that a search found. */
export type Hit = { readonly path: string; readonly line: number; readonly text: string };

const skipped = ["node_modules", ".git", ".venv", "venv", "target", "dist", "coverage", "__pycache__"];

export type GrepOptions = {
  /** An extended regular expression, or plain text where `literal`. */
  readonly pattern: string;
  readonly literal?: boolean;
  readonly word?: boolean;
  readonly ignoreCase?: boolean;
  readonly limit?: number;
};

/** The command that searches the workspace's files, by git where there is a repository. */
export const grepCommand = (isGit: boolean, options: GrepOptions): string => {
  const flags = `-nI${options.literal === true ? "F" : "E"}${options.word === true ? "w" : ""}${options.ignoreCase === true ? "i" : ""}`;
  const search = isGit
    ? `git grep ${flags} --untracked --no-color -e ${quoteWord(options.pattern)}`
    : `grep -r ${flags} ${skipped.map((name) => `--exclude-dir=${name}`).join(" ")} -e ${quoteWord(options.pattern)} .`;
  // Minified files have lines of megabytes.
  return `${search} | cut -c1-220 | head -${options.limit ?? 80}`;
};

/** Reads what `grepCommand` printed. */
export const readHits = (outcome: CommandOutcome): Hit[] =>
  outputLines(outcome).flatMap((row) => {
    const match = /^(?:\.\/)?(.+?):(\d+):(.*)$/.exec(row);
    return match === null ? [] : [{ path: match[1] ?? "", line: Number(match[2]), text: match[3] ?? "" }];
  });

/** Text as a pattern for itself, in extended regular expressions. */
export const escapeForGrep = (text: string): string => text.replace(/[.[\]{}()*+?^$|\\]/g, "\\$&");

/** Made or foreign files, which say little about where something is. */
export const isDerived = (path: string): boolean =>
  /(?:^|\/)(?:dist|build|out|vendor|third_party|node_modules|coverage|\.next)\/|\.min\.\w+$|(?:^|\/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.lock|go\.sum)$|\.map$/.test(
    path,
  );

export const isProse = (path: string): boolean =>
  /\.(?:md|markdown|rst|txt|adoc)$|(?:^|\/)(?:CHANGELOG|LICENSE|README)/i.test(path);

/** How many files and lines, in words. */
export const countHits = (hits: readonly Hit[], limit: number): string => {
  const files = new Set(hits.map(({ path }) => path)).size;
  const lines = hits.length >= limit ? `${limit} lines or more` : `${hits.length} line${hits.length === 1 ? "" : "s"}`;
  return `${lines} in ${files} file${files === 1 ? "" : "s"}`;
};

export const cite = ({ path, line }: Hit): string => `${path}:${line}`;

/** A list of hits, one a line, with what stands there. */
export const listHits = (hits: readonly Hit[], most: number): string => {
  const lines = hits.slice(0, most).map((hit) => `- ${cite(hit)}: ${hit.text.trim().slice(0, 140)}`);
  if (hits.length > most) lines.push(`- … and ${hits.length - most} more`);
  return lines.join("\n");
};
