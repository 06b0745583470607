import { loadShellAnalysis } from "@fettle/workspace";
import * as z from "zod/mini";
import { parseConfig } from "../config/load.ts";
import { layProjectOver } from "../config/project-layer.ts";
import { validateConfig } from "../config/validate.ts";
import { serverInWords } from "../mcp/server-config.ts";
import { toolRules } from "../skills/allowed-tools.ts";
import { configPath, hooksFolder, rulesPath } from "./project-files.ts";
import { isSkillPath, toolsIn } from "./skill-files.ts";

/** What trusting a file would mean, in words: the content alone hides a wide rule among harmless ones. */
export type Description = {
  /** What it lets happen, a line each. */
  readonly grants: readonly string[];
  /** What is in it and will not count. */
  readonly refused: readonly string[];
  /** Why it cannot be used at all. */
  readonly invalid: string | null;
};

const unusable = (invalid: string): Description => ({ grants: [], refused: [], invalid });

const listed = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(", ") : String(value));
const fieldOf = (table: unknown, key: string): unknown =>
  typeof table === "object" && table !== null && Object.hasOwn(table, key)
    ? (table as Record<string, unknown>)[key]
    : undefined;

const policyWords = (value: unknown): string =>
  value === "never" ? "nobody is asked: whatever would be a question is refused" : `approval policy ${value}`;

const levelWords = (value: unknown): string =>
  (Array.isArray(value) ? value : [])
    .map((entry: unknown) => {
      const [paths, kinds] = [fieldOf(entry, "paths"), fieldOf(entry, "kinds")];
      const where = paths === undefined ? "" : ` in ${listed(paths)}`;
      return `"${fieldOf(entry, "level")}" for ${kinds === undefined ? "everything" : listed(kinds)}${where}`;
    })
    .join("; ");

const commandsOf = (groups: unknown): string[] =>
  (Array.isArray(groups) ? groups : []).flatMap((group: unknown) => {
    const handlers = fieldOf(group, "hooks");
    return (Array.isArray(handlers) ? handlers : []).map((handler: unknown) => String(fieldOf(handler, "command")));
  });

const hookWords = (value: unknown): string => {
  const all = Object.entries(typeof value === "object" && value !== null ? value : {});
  const commands = all.flatMap(([event, groups]) => commandsOf(groups).map((command) => `${event}: ${command}`));
  return `runs OUTSIDE OF THE SANDBOX, with your rights: ${commands.join("; ")} (what these run elsewhere than in ${hooksFolder} is not looked at, and whoever changes it decides what runs)`;
};

const roleWords = ([name, role]: [string, unknown]): string => {
  const model = fieldOf(role, "model");
  const writes = fieldOf(role, "read_only") === false;
  const more = [
    ...(model === undefined ? [] : [`work goes to the model ${String(model)}`]),
    ...(writes ? ["writes"] : []),
  ];
  return more.length === 0 ? name : `${name} (${more.join(", ")})`;
};

/** The settings that widen something; others are for the reader of the content. */
const widening: readonly { path: readonly [string, string?]; says: (value: unknown) => string | null }[] = [
  { path: ["sandbox_mode"], says: (value) => (value === "read-only" ? null : `sandbox mode ${value}`) },
  {
    path: ["sandbox_workspace_write", "network_access"],
    says: (value) => (value === true ? "commands get the whole network" : null),
  },
  { path: ["network", "allow"], says: (value) => `commands may reach ${listed(value)}` },
  { path: ["autonomy"], says: (value) => `the agent works at level "${value}", if that is not above your own` },
  { path: ["approval_policy"], says: (value) => policyWords(value) },
  { path: ["autonomy_for"], says: (value) => `levels for some paths and kinds: ${levelWords(value)}` },
  {
    path: ["project_doc_fallback_filenames"],
    says: (value) => `the model is told what files named ${listed(value)} hold`,
  },
  { path: ["hooks"], says: hookWords },
  {
    path: ["agents"],
    says: (value) =>
      `helpers may have the roles ${Object.entries(typeof value === "object" && value ? value : {})
        .map(roleWords)
        .join(", ")}`,
  },
  { path: ["model"], says: (value) => `work goes to the model ${value}` },
  { path: ["model_provider"], says: (value) => `work goes to the provider ${value}` },
];

const describeConfig = async (text: string): Promise<Description> => {
  const parsed = await parseConfig(configPath, text);
  if (!parsed.ok) return unusable(parsed.message);
  const { table, refused } = layProjectOver({}, parsed.table, { limits: { autonomy: "full" }, root: "/" });
  const checked = validateConfig(table);
  const servers = Object.entries((checked.ok ? checked.config.mcp_servers : undefined) ?? {});
  const widened = widening.flatMap(({ path: [first, second], says }) => {
    const value = second === undefined ? fieldOf(table, first) : fieldOf(fieldOf(table, first), second);
    const words = value === undefined ? null : says(value);
    return words === null ? [] : [words];
  });
  const grants = [...widened, ...servers.map(([name, entry]) => serverInWords(name, entry))];
  return { grants, refused: refused.map(({ key, why }) => `${key} does not count, because ${why}`), invalid: null };
};

/** What is read once more to say it in words, after the reader of rules has found the whole in order. */
const rulesFile = z.object({
  rule: z.optional(
    z.array(
      z.object({
        prefix: z.array(z.union([z.string(), z.array(z.string())])),
        decision: z.string(),
        run: z.optional(z.string()),
      }),
    ),
  ),
});

const describeRules = async (text: string): Promise<Description> => {
  const [{ parse }, { readRules }] = await Promise.all([import("smol-toml"), loadShellAnalysis()]);
  const checked = readRules(text, { file: rulesPath, layer: "project" });
  if (!checked.ok) return unusable(checked.message);
  const parsed = z.parse(rulesFile, parse(text));
  const allowed = (parsed.rule ?? []).filter(({ decision }) => decision === "allow");
  const commands = allowed.map(({ prefix, run }) => {
    const words = prefix.map((place) => (typeof place === "string" ? place : `(${place.join("|")})`)).join(" ");
    const where = run === "host" ? " OUTSIDE OF THE SANDBOX, with your rights and credentials" : "";
    return `runs without a question${where}: ${words} …`;
  });
  const tools = checked.tools
    .filter(({ decision }) => decision === "allow")
    .map(
      ({ server, tools }) =>
        `called without a question, outside of the sandbox: ${tools === null ? "every tool" : tools.join(", ")} of the MCP server ${server}`,
    );
  return { grants: [...commands, ...tools], refused: [], invalid: null };
};

const describeSkill = (path: string, text: string): Description => {
  const { rules, refused } = toolRules(toolsIn(path, text));
  const grants = rules.map(
    ({ words, exact }) => `runs without a question while you use the skill: ${words.join(" ")}${exact ? "" : " …"}`,
  );
  return { grants, refused: refused.map((line) => `${line}; it does not count`), invalid: null };
};

/** Describes a file that has an effect. */
export const describeProjectFile = async (path: string, text: string): Promise<Description> => {
  if (path.startsWith(`${hooksFolder}/`))
    return { grants: ["hooks may run it OUTSIDE OF THE SANDBOX, with your rights"], refused: [], invalid: null };
  if (isSkillPath(path)) return describeSkill(path, text);
  return path === configPath ? describeConfig(text) : describeRules(text);
};
