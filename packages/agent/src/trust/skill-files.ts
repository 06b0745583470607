import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseSkill } from "../skills/parse.ts";
import { type ProjectFile, readProjectFile } from "./project-files.ts";

/* A repository's skills are text for the model and need no trust; those that name tools would widen what is allowed. */

const folders = [".agents/skills", ".claude/skills"];
const mostSkills = 200;

/** Whether a path from the root is that of a skill whose tools may be trusted. Deeper folders have no such. */
export const isSkillPath = (path: string): boolean =>
  basename(path) === "SKILL.md" && folders.includes(dirname(dirname(path)));

/** The entry of a skill beside those of the table. */
export const skillFile = (path: string): ProjectFile => ({
  path,
  can: "lets commands run without a question while a person uses this skill (allowed-tools)",
  effective: true,
});

/** The tools that the text of a SKILL.md names. */
export const toolsIn = (path: string, text: string): readonly string[] =>
  parseSkill(text, basename(dirname(path))).fields?.allowedTools ?? [];

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).sort().slice(0, mostSkills);
  } catch {
    // Nearly always it is not there.
    return [];
  }
};

/** The skills at the root of a repository that name tools. */
export const toolSkillFiles = (root: string): ProjectFile[] =>
  folders.flatMap((folder) =>
    namesIn(join(root, folder)).flatMap((name) => {
      const path = `${folder}/${name}/SKILL.md`;
      const read = readProjectFile(root, path);
      return read.kind === "text" && toolsIn(path, read.text).length > 0 ? [skillFile(path)] : [];
    }),
  );
