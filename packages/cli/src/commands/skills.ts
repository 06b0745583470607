import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import {
  findSkillFiles,
  loadSkills,
  namePattern,
  readSkillFile,
  repositoryRoot,
  type SkillFile,
  skillFilesIn,
} from "@fettle/agent";
import { plainText } from "@fettle/protocol";
import { fettleHome } from "../home.ts";
import { parseOptions } from "../options.ts";
import { coloursFor } from "../render/colours.ts";
import { oneLine, visibleLine } from "../render/plain-text.ts";
import { CommandError, UsageError } from "../usage-error.ts";
import { skillsHelp } from "./help.ts";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const places = () => ({ home: fettleHome(), userHome: homedir(), cwd: process.cwd() });

const whose = { user: "yours", repository: "the repository's" } as const;

const list = (json: boolean): number => {
  const { skills, notices } = loadSkills(places());
  if (json) {
    const rows = skills.map(({ name, description, path, origin, allowedTools }) => ({
      name,
      description,
      path,
      origin,
      allowed_tools: allowedTools,
    }));
    print(JSON.stringify(rows, null, 2));
  } else {
    const c = coloursFor(process.stdout);
    for (const { name, description, path, origin } of skills)
      print(`${c.bold(name)} (${whose[origin]}, ${visibleLine(path)})\n  ${oneLine(description, 200)}`);
    if (skills.length === 0) print("there are no skills here; fettle skills new NAME makes one");
  }
  for (const notice of notices) process.stderr.write(`${visibleLine(notice)}\n`);
  return 0;
};

/** The skills of this folder as words with what they are for. */
export const skillWords = (): { readonly word: string; readonly about: string }[] =>
  loadSkills(places()).skills.map(({ name, description }) => ({ word: name, about: oneLine(description, 60) }));

const show = (name: string): number => {
  const { skills } = loadSkills(places());
  const skill = skills.find((one) => one.name === name);
  if (skill === undefined) throw new CommandError(`there is no skill ${JSON.stringify(name)}; see: fettle skills list`);
  const again = readSkillFile(skill.path, skill.origin, skill.boundary);
  if (again?.skill === null || again === null) throw new CommandError(`${skill.path} cannot be read any more`);
  print(`${visibleLine(skill.path)} (${whose[skill.origin]})\n`);
  process.stdout.write(plainText(readFileSync(again.skill.path, "utf8")));
  return 0;
};

const template = (name: string): string => `---
name: ${name}
description: What this does, and when to use it. The model decides by this line alone.
---

# ${name}

1. What to do first.
2. What to run: \`scripts/example.sh\`, relative to this folder.
3. How to see that it worked.

Called as a command, \`/${name} words\`, it gets them in the place of $ARGUMENTS, and the first one as $1.
`;

const create = (name: string, user: boolean): number => {
  if (!namePattern.test(name) || name.length > 64)
    throw new UsageError("a skill's name is at most 64 of a-z, 0-9 and single hyphens between them");
  const { home, cwd } = places();
  const folder = user ? join(home, "skills", name) : join(repositoryRoot(cwd), ".agents", "skills", name);
  const path = join(folder, "SKILL.md");
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, template(name), { flag: "wx" });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new CommandError(code === "EEXIST" ? `${path} is there already` : `${path} cannot be written (${code})`);
  }
  print(path);
  return 0;
};

/** A SKILL.md, the folder of one, or a folder of such folders. */
const filesAt = (given: string): SkillFile[] => {
  const path = resolve(given);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`there is nothing at ${given}`);
  const file = stats.isDirectory() ? join(path, "SKILL.md") : path;
  if (!existsSync(file)) return skillFilesIn(path, "user", null);
  const found = readSkillFile(file, "user", null);
  return found === null ? [] : [found];
};

const check = (given: string | undefined): number => {
  const files = given === undefined ? findSkillFiles(places()) : filesAt(given);
  if (files.length === 0) throw new CommandError("no SKILL.md was found");
  const c = coloursFor(process.stdout);
  for (const { path, problems } of files) {
    for (const { line, message, fatal } of problems)
      print(`${fatal ? c.red("✗") : c.yellow("!")} ${visibleLine(path)}:${line}: ${visibleLine(message)}`);
    if (problems.length === 0) print(`${c.green("✓")} ${visibleLine(path)}`);
  }
  return files.every(({ problems }) => problems.length === 0) ? 0 : 1;
};

/** `fettle skills`: what skills there are, one's text, a new one, and whether they are as the format wants them. */
export const skills = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseOptions("skills", args, {
    json: { type: "boolean" },
    user: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(skillsHelp);
    return 0;
  }
  const [verb = "list", name, ...more] = positionals;
  const given = { list: false, show: true, new: true, check: name !== undefined }[verb];
  if (given === undefined || more.length > 0 || (name !== undefined) !== given)
    throw new UsageError("list, show NAME, new NAME or check [PATH] expected; see: fettle skills --help");
  if (verb === "show") return show(name ?? "");
  if (verb === "new") return create(name ?? "", values.user === true);
  return verb === "check" ? check(name) : list(values.json === true);
};
