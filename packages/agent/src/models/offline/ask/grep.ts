import type { CommandOutcome } from "../command-outcome.ts";
import { outputLines } from "../command-outcome.ts";
import { quotePath, quoteWord } from "../shell-quote.ts";

/** One line that a search found. */
export type Hit = { readonly path: string; readonly line: number; readonly text: string };

const skipped = ["node_modules", ".git", ".venv", "venv", "target", "dist", "coverage", "__pycache__"];

type GrepOptions = {
  /** An extended regular expression, or plain text where `literal`. Several are alternatives. */
  readonly pattern: string | readonly string[];
  readonly literal?: boolean;
  readonly word?: boolean;
  readonly ignoreCase?: boolean;
  /** Prints `path:count` for each file that matches instead of the lines. */
  readonly count?: boolean;
  /** Only these files. */
  readonly paths?: readonly string[];
  readonly limit?: number;
};

const flagsOf = (options: GrepOptions): string =>
  [
    options.count === true ? "-cI" : "-nI",
    options.literal === true ? "F" : "E",
    options.word === true ? "w" : "",
    options.ignoreCase === true ? "i" : "",
  ].join("");

/** The command that searches the workspace's files, by git where there is a repository. */
export const grepCommand = (isGit: boolean, options: GrepOptions): string => {
  const flags = flagsOf(options);
  const patterns = [options.pattern].flat().map((pattern) => `-e ${quoteWord(pattern)}`);
  const paths = (options.paths ?? []).map(quotePath);
  const exclude = skipped.map((name) => `--exclude-dir=${name}`).join(" ");
  const start = isGit ? `git grep -z ${flags} --untracked --no-color` : `grep -rH ${flags} ${exclude}`;
  const where = paths.length > 0 ? ["--", ...paths] : isGit ? [] : ["."];
  const search = [start, ...patterns, ...where, ...(options.count === true && !isGit ? ["| grep -v ':0$'"] : [])].join(
    " ",
  );
  // With -z git prints names as they are, not quoted, and a NUL in the place of each colon.
  const plain = isGit ? String.raw` | tr '\0' ':'` : "";
  // Minified files have lines of megabytes.
  return `${search}${plain} | cut -c1-220 | head -${options.limit ?? 80}`;
};

/** Reads what `grepCommand` printed. */
export const readHits = (outcome: CommandOutcome): Hit[] =>
  outputLines(outcome).flatMap((row) => {
    const match = /^(?:\.\/)?(.+?):(\d+):(.*)$/.exec(row);
    return match === null ? [] : [{ path: match[1] ?? "", line: Number(match[2]), text: match[3] ?? "" }];
  });

/** Reads what `grepCommand` printed for `count`: how many lines of each file match. */
export const readCounts = (outcome: CommandOutcome): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const row of outputLines(outcome)) {
    const match = /^(?:\.\/)?(.+):(\d+)$/.exec(row);
    if (match !== null) counts.set(match[1] ?? "", Number(match[2]));
  }
  return counts;
};

/** Text as a pattern for itself, in extended regular expressions. */
export const escapeForGrep = (text: string): string => text.replace(/[.[\]{}()*+?^$|\\]/g, "\\$&");

/** Made or foreign files, which say little about where something is. */
export const isDerived = (path: string): boolean =>
  /(?:^|\/)(?:dist|build|out|vendor|third_party|node_modules|coverage|\.next)\/|\.min\.\w+$|(?:^|\/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.lock|go\.sum)$|\.map$/.test(
    path,
  );

/** Text for people rather than code. */
export const isProse = (path: string): boolean =>
  /\.(?:md|markdown|rst|txt|adoc)$|(?:^|\/)(?:CHANGELOG|LICENSE|README)/i.test(path);

/** How many files and lines, in words. `more`: the list is not whole. */
export const countHits = (hits: readonly Hit[], more: boolean): string => {
  const files = new Set(hits.map(({ path }) => path)).size;
  const least = more ? "at least " : "";
  return `${least}${hits.length} line${hits.length === 1 ? "" : "s"} in ${files} file${files === 1 ? "" : "s"}`;
};

/** A place as people and editors write it. */
export const cite = ({ path, line }: Hit): string => `${path}:${line}`;

/** A list of hits, one a line, with what stands there. */
export const listHits = (hits: readonly Hit[], most: number): string => {
  const lines = hits.slice(0, most).map((hit) => `- ${cite(hit)}: ${hit.text.trim().slice(0, 140)}`);
  if (hits.length > most) lines.push(`- … and ${hits.length - most} more`);
  return lines.join("\n");
};
