import { lstatSync, readFileSync } from "node:fs";
import { loadShellAnalysis } from "../shell/load-analysis.ts";
import type { Rule, ToolRule } from "./types.ts";

/** A project's rules as they were read and compared with what a person trusts. */
export type ProjectRules = {
  /** How messages call the file. */
  readonly file: string;
  readonly text: string;
  /** Without trust its rules may only ask and forbid. */
  readonly trusted: boolean;
};

export type LoadedRules = {
  readonly rules: readonly Rule[];
  /** Those about the tools of MCP servers. */
  readonly tools: readonly ToolRule[];
  /** Worth a line for the person: what does not count, and why. */
  readonly notes: readonly string[];
  /** Files of which nothing counts, each in one line with its remedy. A caller should not go on without a word. */
  readonly errors: readonly string[];
};

const readUserFile = (path: string): { text: string | null; problem: string | null } => {
  try {
    return { text: readFileSync(path, "utf8"), problem: null };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code !== "ENOENT") return { text: null, problem: `cannot read ${path} (${code})` };
    // A link to nothing is no absent file: somebody meant rules to be there.
    const isLink = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    return { text: null, problem: isLink ? `cannot read ${path}: it is a link to a file that is not there` : null };
  }
};

/**
 * Reads the user's rules from the file at an absolute path, and takes the project's in. A file that is not there holds
 * no rules; built-in ones are not part of the result, because judging always has them.
 */
export const loadRules = async (places: {
  readonly user: string;
  readonly project: ProjectRules | null;
}): Promise<LoadedRules> => {
  const rules: Rule[] = [];
  const tools: ToolRule[] = [];
  const notes: string[] = [];
  const errors: string[] = [];
  const add = async (text: string, file: string, layer: "user" | "project", trusted: boolean): Promise<void> => {
    const read = (await loadShellAnalysis()).readRules(text, { file, layer });
    if (!read.ok) {
      const kept =
        read.kept.length + read.keptTools.length === 0
          ? "none of its rules count"
          : "only its sound ask and never rules count";
      rules.push(...read.kept);
      tools.push(...read.keptTools);
      // Whoever wrote a file that nobody trusts must not be able to stop the work with it.
      (trusted ? errors : notes).push(`${read.message}; ${kept}`);
      return;
    }
    const counts = ({ decision }: Rule | ToolRule): boolean => trusted || decision !== "allow";
    const dropped = [...read.rules, ...read.tools].filter((rule) => !counts(rule)).length;
    const which = dropped === 1 ? "its allow rule does" : `its ${dropped} allow rules do`;
    if (dropped > 0) notes.push(`${file}: ${which} not count until the project is trusted; see: fettle trust`);
    rules.push(...read.rules.filter(counts));
    tools.push(...read.tools.filter(counts));
  };
  const { project } = places;
  if (project !== null) await add(project.text, project.file, "project", project.trusted);
  const { text, problem } = readUserFile(places.user);
  if (problem !== null) errors.push(problem);
  if (text !== null) await add(text, places.user, "user", true);
  return { rules, tools, notes, errors };
};
