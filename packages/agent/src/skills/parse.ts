import { type Field, readFrontmatter } from "./frontmatter.ts";

/** What is wrong with a SKILL.md. One that is `fatal` cannot be used. */
export type SkillProblem = { readonly line: number; readonly message: string; readonly fatal: boolean };

export type ParsedSkill = {
  /** Null when it cannot be used. */
  readonly fields: {
    readonly name: string;
    readonly description: string;
    readonly license?: string;
    readonly compatibility?: string;
    readonly metadata: Readonly<Record<string, string>>;
    readonly allowedTools: readonly string[];
  } | null;
  readonly problems: readonly SkillProblem[];
  /** What the model is to read. */
  readonly body: string;
};

export const namePattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const longest = { name: 64, description: 1024, compatibility: 500 };
const known = new Set(["name", "description", "license", "compatibility", "metadata", "allowed-tools"]);

/** `Read Bash(git add:*)` is two tools: blanks inside of parentheses part nothing. */
const toolsOf = (field: Field | undefined): readonly string[] => {
  const { value = "" } = field ?? {};
  if (typeof value !== "string") return Array.isArray(value) ? value : [];
  return value.match(/[^\s,(]+(?:\([^)]*\))?/g) ?? [];
};

/**
 * Reads a SKILL.md by the open format (agentskills.io). `folder` is the name of the folder that it lies in. Never throws:
 * whatever it holds is told as problems. Pure.
 */
export const parseSkill = (text: string, folder: string): ParsedSkill => {
  const read = readFrontmatter(text);
  if (!read.ok) return { fields: null, problems: [{ line: read.line, message: read.message, fatal: true }], body: "" };
  const { fields, body } = read;
  const problems: SkillProblem[] = [];
  const problem = (key: string, message: string, fatal: boolean): void =>
    void problems.push({ line: fields.get(key)?.line ?? 1, message: `${key} ${message}`, fatal });
  const textIn = (key: "name" | "description" | "license" | "compatibility", needed: boolean): string | undefined => {
    const value = fields.get(key)?.value;
    if (value !== undefined && typeof value !== "string") problem(key, "must be a text", needed);
    else if (needed && (value ?? "").trim() === "") problem(key, value === undefined ? "is missing" : "is empty", true);
    return typeof value === "string" ? value.trim() : undefined;
  };
  const name = textIn("name", true) ?? "";
  const description = textIn("description", true) ?? "";
  const license = textIn("license", false);
  const compatibility = textIn("compatibility", false);
  if (name !== "" && (name.length > longest.name || !namePattern.test(name)))
    problem("name", `must be at most ${longest.name} of a-z, 0-9 and single hyphens between them`, true);
  else if (name !== "" && name !== folder) problem("name", `is "${name}" and its folder is "${folder}"`, false);
  if (description.length > longest.description)
    problem("description", `has ${description.length} characters; the format allows ${longest.description}`, false);
  if ((compatibility ?? "").length > longest.compatibility)
    problem("compatibility", `has more than ${longest.compatibility} characters`, false);
  const given = fields.get("metadata")?.value ?? {};
  const isTable = typeof given === "object" && !Array.isArray(given);
  if (!isTable) problem("metadata", "must be a table of texts", false);
  for (const [key, { line }] of fields)
    if (!known.has(key))
      problems.push({ line, message: `${key} is no field of the format and means nothing here`, fatal: false });
  if (body === "") problems.push({ line: 1, message: "it has no instructions after its fields", fatal: false });
  const usable = !problems.some(({ fatal }) => fatal);
  const optional = {
    ...(license === undefined ? {} : { license }),
    ...(compatibility === undefined ? {} : { compatibility }),
  };
  const metadata = isTable ? (given as Readonly<Record<string, string>>) : {};
  return {
    fields: usable
      ? { name, description, ...optional, metadata, allowedTools: toolsOf(fields.get("allowed-tools")) }
      : null,
    problems,
    body,
  };
};
