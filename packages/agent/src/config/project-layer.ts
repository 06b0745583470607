import { autonomyLevel } from "@fettle/protocol";
import { autonomySettings } from "../approvals/autonomy.ts";
import { credentialKeys } from "../mcp/server-config.ts";
import type { Config } from "./schema.ts";

/*
 * What the configuration of a repository may say once it is trusted. It is written by whoever may commit there, so it
 * never decides where keys and code are sent, nor lets the agent go further than the user's own configuration does.
 */

type Table = Readonly<Record<string, unknown>>;

/** Keys that only the user's own configuration may have. */
const userOnly: Readonly<Record<string, string>> = {
  model_providers: "it decides where keys and code are sent",
  openai_base_url: "it decides where keys and code are sent",
  secrets: "it decides which credentials commands get",
  projects: "it speaks of other folders",
  web: "it decides whether there is a browser, and which program it is",
  approvals: "it decides who answers questions",
  prices: "it decides when a limit of cost is reached",
  terminal: "it decides what a person's keys do",
};

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
const tableOf = (value: unknown): Table => (isTable(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const levels: readonly unknown[] = autonomyLevel.options;
const rank = (level: unknown): number => levels.indexOf(level);

/** The model is told what these files hold, so no path leads elsewhere, and no file of credentials is one. */
const isDocumentName = (name: string): boolean => !name.includes("/") && !/^\.env/i.test(name);

const above = "it is above the level of the user's own configuration";

/** Why the project may not say this, or null. */
const objection = (key: string, value: unknown, user: Config, own: number): string | null => {
  if (Object.hasOwn(userOnly, key)) return userOnly[key] ?? null;
  if (key === "sandbox_mode" && value === "danger-full-access") return "no repository may switch the sandbox off";
  if (key === "autonomy" && rank(value) > own) return above;
  if (key === "autonomy_for" && listOf(value).some((entry) => rank(tableOf(entry).level) > own)) return above;
  if (key === "project_doc_fallback_filenames" && listOf(value).some((name) => !isDocumentName(String(name))))
    return "it names more than documents beside the code";
  if (key === "approval_policy" && user.approval_policy !== undefined && value !== "untrusted")
    return "the user's own configuration has decided it";
  return null;
};

/** Hooks of both run; what those of the repository say counts for less, so they are marked. */
const bothHooks = (user: Table, project: Table): Table => {
  const marked = (event: string): unknown[] =>
    listOf(project[event]).map((group) => ({ ...tableOf(group), from: "project" }));
  const events = new Set([...Object.keys(user), ...Object.keys(project)]);
  return Object.fromEntries([...events].map((event) => [event, [...listOf(user[event]), ...marked(event)]]));
};

/** How many helpers there may be, and what they may cost, is the user's to say. */
const rolesIn = (agents: Table): Table =>
  Object.fromEntries(Object.entries(agents).filter(([, role]) => isTable(role)));

/** The project's servers that may be taken in. The user's own stay what they are: rules speak of them by their names. */
const projectServers = (given: unknown, user: unknown, refused: Refused[]): Table => {
  const servers = Object.entries(tableOf(given)).filter(([name, entry]) => {
    const key = `mcp_servers.${name}`;
    const named = credentialKeys.find((one) => Object.hasOwn(tableOf(entry), one));
    if (Object.hasOwn(tableOf(user), name))
      refused.push({ key, why: "the user's own configuration has a server of that name" });
    else if (named !== undefined) refused.push({ key, why: `${named} gives it credentials of the user's environment` });
    else if (Object.hasOwn(tableOf(entry), "cwd"))
      refused.push({ key, why: "cwd: what it would load there, commands in the sandbox can change" });
    else return true;
    return false;
  });
  return Object.fromEntries(servers);
};

/** Of two limits the lower one holds. */
const lowerBudget = (user: Table, project: Table): Table =>
  Object.fromEntries(
    [...new Set([...Object.keys(user), ...Object.keys(project)])].map((key) => [
      key,
      Math.min(...[user[key], project[key]].map((limit) => (limit === undefined ? Infinity : Number(limit)))),
    ]),
  );

/** Lists of hosts and levels add up, so that nothing the user forbade is lost; of methods the user's own list stands. */
const combined = (key: string, user: unknown, project: unknown): unknown => {
  if (key === "autonomy_for") return [...listOf(user), ...listOf(project)];
  if (key === "hooks") return bothHooks(tableOf(user), tableOf(project));
  if (key === "budget") return lowerBudget(tableOf(user), tableOf(project));
  if (key === "agents") return { ...rolesIn(tableOf(project)), ...tableOf(user) };
  if (!isTable(user) || !isTable(project)) return project;
  if (key !== "network") return { ...user, ...project };
  const lists = ["allow", "deny"].filter((name) => Object.hasOwn(user, name) || Object.hasOwn(project, name));
  const joined = lists.map((name) => [name, [...new Set([...listOf(user[name]), ...listOf(project[name])])]]);
  return { ...project, ...user, ...Object.fromEntries(joined) };
};

type Refused = { readonly key: string; readonly why: string };

const withoutRoots = (value: unknown, refused: Refused[]): unknown => {
  if (!isTable(value) || value.writable_roots === undefined) return value;
  const { writable_roots: _, ...rest } = value;
  refused.push({
    key: "sandbox_workspace_write.writable_roots",
    why: "it names folders of your machine (use --add-dir)",
  });
  return rest;
};

/** The part of a value that a project may have. */
const limited = (key: string, given: unknown, user: Table, refused: Refused[]): unknown => {
  if (key === "sandbox_workspace_write") return withoutRoots(given, refused);
  return key === "mcp_servers" ? projectServers(given, user.mcp_servers, refused) : given;
};

/**
 * The user's table with a trusted project's laid over it, and a line for each key that does not count. `limits` is the
 * user's table with the options of the command line, which say how far a project may go.
 */
export const layProjectOver = (
  user: Table,
  project: Table,
  options: { limits: Config; root: string },
): { table: Record<string, unknown>; refused: readonly Refused[] } => {
  const own = rank(autonomySettings(options.limits, { root: options.root }).level);
  const table: Record<string, unknown> = { ...user };
  const refused: Refused[] = [];
  for (const [key, given] of Object.entries(project)) {
    const value = limited(key, given, user, refused);
    const why = objection(key, value, options.limits, own);
    if (why === null) table[key] = combined(key, user[key], value);
    else refused.push({ key, why });
  }
  return { table, refused };
};
