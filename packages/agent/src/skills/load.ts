import { readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { projectFolders, readText } from "../instruction-files/read.ts";
import { errorCode } from "../thread/storage-error.ts";
import { parseSkill, type SkillProblem } from "./parse.ts";

/*
 * Skills are folders with a SKILL.md: a description that the model always sees, and instructions that it reads when a
 * task is of that kind. Those of a repository are text like its AGENTS.md, and no more.
 */

/** `user`: a person put it into an own folder. */
export type SkillOrigin = "user" | "repository";

export type Skill = {
  readonly name: string;
  readonly description: string;
  readonly origin: SkillOrigin;
  /** Of its SKILL.md, real. */
  readonly path: string;
  /** The folder that its own files are relative to, real. */
  readonly folder: string;
  /** The real folder that it may not leave; null for a person's own. */
  readonly boundary: string | null;
  readonly allowedTools: readonly string[];
};

export type SkillFile = {
  /** As it was found. */
  readonly path: string;
  readonly origin: SkillOrigin;
  /** Null when it cannot be used. */
  readonly skill: Skill | null;
  readonly problems: readonly SkillProblem[];
};

type Place = { readonly folder: string; readonly origin: SkillOrigin; readonly boundary: string | null };

const mostSkills = 200;
/** Of a SKILL.md; the format asks for much less. */
export const mostBytes = 256 * 1024;

/** In the order in which a name is looked for: a repository cannot put its own skill in the place of a person's. */
const placesFor = (options: { home: string; userHome: string; cwd: string }): Place[] => {
  const folders = projectFolders(realpathSync(options.cwd)).reverse();
  const boundary = folders.at(-1) ?? options.cwd;
  const user = [
    join(options.home, "skills"),
    join(options.userHome, ".agents", "skills"),
    join(options.userHome, ".claude", "skills"),
  ];
  const repository = [".agents", ".claude"].flatMap((name) => folders.map((folder) => join(folder, name, "skills")));
  return [
    ...user.map((folder): Place => ({ folder, origin: "user", boundary: null })),
    ...repository.map((folder): Place => ({ folder, origin: "repository", boundary })),
  ];
};

/** Empty for what is not there; a code for what is and cannot be read. */
const namesIn = (folder: string): string[] | { readonly unreadable: string } => {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const code = errorCode(error);
    return code === "ENOENT" || code === "ENOTDIR" ? [] : { unreadable: code };
  }
};

const fatal = (message: string): SkillProblem[] => [{ line: 1, message, fatal: true }];

/** Reads one SKILL.md. Null when there is none. */
export const readSkillFile = (path: string, origin: SkillOrigin, boundary: string | null): SkillFile | null => {
  const notices: string[] = [];
  const found = readText(path, { boundary, maxBytes: mostBytes, notices });
  // The path is told to the model, and whoever names a folder could otherwise write lines there.
  if (found !== null && /\p{C}/u.test(found.path))
    return { path, origin, skill: null, problems: fatal("its path has characters that cannot be seen") };
  const [refused] = notices;
  if (refused !== undefined)
    return { path, origin, skill: null, problems: fatal(refused.replace(`${path} was not read: `, "")) };
  if (found === null) return null;
  if (found.bytes > mostBytes)
    return { path, origin, skill: null, problems: fatal(`it is larger than ${mostBytes / 1024} KiB`) };
  const { fields, problems } = parseSkill(found.head.toString("utf8"), basename(dirname(path)));
  if (fields === null) return { path, origin, skill: null, problems };
  const { name, description, allowedTools } = fields;
  const folder = dirname(found.path);
  return {
    path,
    origin,
    skill: { name, description, origin, path: found.path, folder, boundary, allowedTools },
    problems,
  };
};

/** The SKILL.md of each folder in a folder; the last entry stands for those beyond the most that are looked at. */
export const skillFilesIn = (folder: string, origin: SkillOrigin, boundary: string | null): SkillFile[] => {
  const names = namesIn(folder);
  if (!Array.isArray(names)) {
    const path = join(folder, "*", "SKILL.md");
    return [{ path, origin, skill: null, problems: fatal(`the folder cannot be read (${names.unreadable})`) }];
  }
  const path = (name: string): string => join(folder, name, "SKILL.md");
  const files = names.slice(0, mostSkills).flatMap((name) => readSkillFile(path(name), origin, boundary) ?? []);
  const [next, ...others] = names.slice(mostSkills);
  if (next === undefined) return files;
  const more = others.length === 0 ? "it comes" : `it and ${others.length} more come`;
  const problems = fatal(`${more} after the first ${mostSkills} names in its folder, and only those are looked at`);
  return [...files, { path: path(next), origin, skill: null, problems }];
};

/** Every SKILL.md that is found from `cwd`, in the order in which a name is looked for, each once. */
export const findSkillFiles = (options: { home: string; userHome: string; cwd: string }): SkillFile[] => {
  const found = new Map<string, SkillFile>();
  for (const { folder, origin, boundary } of placesFor(options))
    for (const file of skillFilesIn(folder, origin, boundary)) {
      const path = file.skill?.path ?? file.path;
      if (!found.has(path)) found.set(path, file);
    }
  return [...found.values()];
};

export type Skills = {
  /** Those that can be used, each name once. */
  readonly skills: readonly Skill[];
  /** What the model is told of them; empty when there are none. */
  readonly text: string;
  /** A line each for the person. */
  readonly notices: readonly string[];
  /** A person's own skills lie where commands see nothing: these folders they must be able to read. */
  readonly readableRoots: readonly string[];
  /** How many of them the model is not told of by description. */
  readonly cut: number;
};

/** Bytes of the list of skills that the model is told with every request. */
const listBytes = 8 * 1024;
const heading =
  "Skills: instructions for kinds of tasks. Where one fits the task, read its file first, all of it, and follow it as you follow AGENTS.md; names of files in it are relative to its folder.";

const flat = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/<(?=\/?(?:instructions|skills?|environment)\b)/gi, "&lt;")
    .trim();

/** The list within its budget: shorter descriptions first, then only names. */
const describe = (skills: readonly Skill[]): { text: string; cut: number } => {
  if (skills.length === 0) return { text: "", cut: 0 };
  const lineOf = ({ name, description, path }: Skill, length: number): string => {
    const words = flat(description);
    return `- ${name}: ${words.length > length ? `${words.slice(0, length).toWellFormed()}…` : words} (${flat(path)})`;
  };
  for (const length of [1024, 400, 160]) {
    const lines = skills.map((skill) => lineOf(skill, length));
    if (Buffer.byteLength(lines.join("\n")) <= listBytes)
      return { text: `<skills>\n${heading}\n${lines.join("\n")}\n</skills>`, cut: 0 };
  }
  const lines: string[] = [];
  let left = listBytes;
  for (const skill of skills) {
    const line = lineOf(skill, 160);
    left -= Buffer.byteLength(line) + 1;
    if (left < 0) break;
    lines.push(line);
  }
  const cut = skills.length - lines.length;
  const note = `[… ${cut} more skills are not listed; see the folders of those above]`;
  return { text: `<skills>\n${heading}\n${lines.join("\n")}\n${note}\n</skills>`, cut };
};

/** The skills that hold for `cwd`. Throws only when `cwd` does not exist. */
export const loadSkills = (options: { home: string; userHome: string; cwd: string }): Skills => {
  const files = findSkillFiles(options);
  const skills = new Map<string, Skill>();
  const notices: string[] = [];
  for (const { path, skill, problems } of files) {
    const fault = problems.find((problem) => problem.fatal);
    if (skill === null) notices.push(`${path}:${fault?.line ?? 1}: this skill is left out: ${fault?.message ?? ""}`);
    else if (skills.has(skill.name))
      notices.push(`${path}: this skill is left out: ${skills.get(skill.name)?.path ?? ""} has the same name`);
    else skills.set(skill.name, skill);
  }
  const list = [...skills.values()];
  const { text, cut } = describe(list);
  if (cut > 0)
    notices.push(
      `${cut} of ${list.length} skills are not listed to the model: the list is full (${listBytes / 1024} KiB)`,
    );
  const readableRoots = list.flatMap(({ origin, folder }) => (origin === "user" ? [folder] : []));
  return { skills: list, text, notices, readableRoots, cut };
};
