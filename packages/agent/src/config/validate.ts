import { issueWords } from "@fettle/protocol";
import type * as z from "zod/mini";
import { mcpServerSchema, serverProblem } from "../mcp/server-config.ts";
import { hookEvents } from "./hook-schema.ts";
import { autonomyEntry, type Config, configSchema, ignoredKeys, providerSchema } from "./schema.ts";

type Table = Readonly<Record<string, unknown>>;
export type Validated =
  | { readonly ok: true; readonly config: Config; readonly ignored: string[] }
  | { readonly ok: false; readonly message: string };

/** How many letters must be changed, added or removed: Levenshtein's distance by dynamic programming over rows. */
const distance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
};

/** The candidate closest to `name`, or undefined when none is close enough to be what was meant. */
export const nearest = (name: string, candidates: Iterable<string>): string | undefined => {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const changes = distance(name, candidate);
    if (changes < least) {
      least = changes;
      best = candidate;
    }
  }
  return best;
};

/** The keys that a table at this path may have. */
const keysAt = (path: readonly PropertyKey[]): string[] => {
  if (path[0] === "model_providers") return Object.keys(providerSchema.shape);
  if (path[0] === "autonomy_for") return Object.keys(autonomyEntry.shape);
  if (path[0] === "hooks") return path.length === 1 ? [...hookEvents] : ["matcher", "hooks", "command", "timeout"];
  if (path[0] === "agents") return ["description", "instructions", "model", "effort", "read_only"];
  if (path[0] === "mcp_servers") return Object.keys(mcpServerSchema.shape);
  const [table] = path;
  if (table === "sandbox_workspace_write" || table === "approvals" || table === "network" || table === "terminal") {
    return Object.keys(configSchema.shape[table].def.innerType.shape);
  }
  return [...Object.keys(configSchema.shape), ...ignoredKeys];
};

const dotted = (path: readonly PropertyKey[]): string => path.map(String).join(".");

const describe = (issue: z.core.$ZodIssue): string => {
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const suggestion = nearest(key, keysAt(issue.path));
    const hint = suggestion === undefined ? "" : `; did you mean ${dotted([...issue.path, suggestion])}?`;
    return `unknown key ${dotted([...issue.path, key])}${hint}`;
  }
  return `${dotted(issue.path)} ${issueWords(issue)}`;
};

/** Checks a parsed configuration. The message names the key, not where it stands. */
export const validateConfig = (table: Table): Validated => {
  const ignored: string[] = [];
  const known: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(table)) {
    if (ignoredKeys.has(key)) ignored.push(key);
    else known[key] = value;
  }
  const parsed = configSchema.safeParse(known);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { ok: false, message: issue === undefined ? "invalid configuration" : describe(issue) };
  }
  for (const [name, entry] of Object.entries(parsed.data.mcp_servers ?? {})) {
    const problem = serverProblem(name, entry);
    if (problem !== null) return { ok: false, message: `mcp_servers.${name} ${problem}` };
  }
  return { ok: true, config: parsed.data, ignored: ignored.sort() };
};
