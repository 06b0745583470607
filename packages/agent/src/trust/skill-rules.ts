import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { loadShellAnalysis, type Rule } from "@fettle/workspace";
import { isInside } from "../instruction-files/read.ts";
import { rulesText, toolRules } from "../skills/allowed-tools.ts";
import type { Skill } from "../skills/load.ts";
import { isSkillPath, toolsIn } from "./skill-files.ts";
import { type Repository, trustNote, trustOfFile } from "./trust.ts";

/** A text whose tools count, or why they do not. */
type Counting = { readonly text: string } | { readonly note: string };

const what = "allowed-tools";

const countingText = (repository: Repository, { path, origin }: Skill): Counting => {
  // A person put it where only persons do; into the workspace a link can lead, and there commands write.
  if (origin === "user" && !isInside(repository.root, path)) return { text: readFileSync(path, "utf8") };
  const name = relative(repository.root, path);
  if (!isSkillPath(name))
    return { note: `${path}: ${what} does not count, because it is not among the skills of the root` };
  const file = trustOfFile(repository, name);
  // What was compared with what the person saw is what counts.
  if (file.state === "trusted" && file.text !== null) return { text: file.text };
  return { note: trustNote(file, what) ?? `${path}: ${what} does not count` };
};

/** The rules that skills in use bring along, as far as they count, and a note for each whose tools do not. */
export const loadSkillRules = async (
  repository: Repository,
  skills: readonly Skill[],
): Promise<{ readonly rules: readonly Rule[]; readonly notes: readonly string[] }> => {
  const rules: Rule[] = [];
  const notes: string[] = [];
  const shell = await loadShellAnalysis();
  for (const skill of skills) {
    if (skill.allowedTools.length === 0) continue;
    const counting = countingText(repository, skill);
    if ("note" in counting) {
      notes.push(counting.note);
      continue;
    }
    const read = shell.readRules(rulesText(toolRules(toolsIn(skill.path, counting.text)).rules), {
      file: skill.path,
      layer: "project",
    });
    if (read.ok) rules.push(...read.rules);
    else notes.push(`${skill.path}: ${what} does not count: ${read.message}`);
  }
  return { rules, notes };
};
