import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Changed, changeFile } from "../approvals/change-file.ts";
import { validateConfig } from "../config/validate.ts";
import { makeFolder } from "../thread/thread-files.ts";
import type { McpServerEntry } from "./server-config.ts";

/* Changes of `[mcp_servers.…]` in the user's config.toml, as text: comments and layout of everything else stay. */

type Toml = typeof import("smol-toml");
type Table = Record<string, unknown>;

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const serversIn = (table: Table): Table => (isTable(table.mcp_servers) ? table.mcp_servers : {});

const parsed = (toml: Toml, text: string): Table | string => {
  try {
    return toml.parse(text);
  } catch (error) {
    return `the file is no TOML: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : error}`;
  }
};

const added = (toml: Toml, text: string, name: string, entry: McpServerEntry): Changed => {
  const before = parsed(toml, text);
  if (typeof before === "string") return { ok: false, why: before };
  if (Object.hasOwn(serversIn(before), name))
    return { ok: false, why: `there is a server ${name} already; fettle mcp remove ${name} takes it out` };
  const block = toml.stringify({ mcp_servers: { [name]: entry } }).trim();
  const gap = text.trim() === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  const after = `${text}${gap}${block}\n`;
  const table = parsed(toml, after);
  if (typeof table === "string") return { ok: false, why: table };
  const checked = validateConfig(table);
  return checked.ok ? { ok: true, text: after } : { ok: false, why: checked.message };
};

const header = /^\s*\[/;
const isFiller = (line: string): boolean => /^\s*(?:#|$)/.test(line);

const headerOf = (name: string): RegExp => {
  const word = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^\\s*\\[\\s*mcp_servers\\s*\\.\\s*(?:${word}|"${word}"|'${word}')\\s*[.\\]]`);
};

/** Without the tables of a server. Comments above the table that follows belong to that one. */
const withoutTables = (text: string, name: string): string => {
  const lines = text.split("\n");
  const own = headerOf(name);
  const kept: string[] = [];
  for (let at = 0; at < lines.length; ) {
    if (!own.test(lines[at] ?? "")) {
      kept.push(lines[at] ?? "");
      at += 1;
      continue;
    }
    let end = at + 1;
    while (end < lines.length && !header.test(lines[end] ?? "")) end += 1;
    const last = end;
    while (end > at + 1 && isFiller(lines[end - 1] ?? "")) end -= 1;
    // Of the blank lines around what goes, one stays.
    if (last === lines.length && kept.at(-1) === "") kept.pop();
    if (last < lines.length) while (end < last && (lines[end] ?? "").trim() === "") end += 1;
    at = end;
  }
  return kept.join("\n");
};

const removed = (toml: Toml, text: string, name: string): Changed => {
  const before = parsed(toml, text);
  if (typeof before === "string") return { ok: false, why: before };
  if (!Object.hasOwn(serversIn(before), name)) return { ok: false, why: `there is no server ${name} in it` };
  const after = withoutTables(text, name);
  const { [name]: _, ...others } = serversIn(before);
  const { mcp_servers: __, ...rest } = before;
  const expected = Object.keys(others).length === 0 ? rest : { ...rest, mcp_servers: others };
  const table = parsed(toml, after);
  // Read again and compared: what is written in another way than as tables is not torn apart.
  return typeof table !== "string" && isDeepStrictEqual(structuredClone(table), structuredClone(expected))
    ? { ok: true, text: after }
    : { ok: false, why: `server ${name} is not written as tables of its own; take it out by hand` };
};

const change = async (home: string, edit: (toml: Toml, text: string) => Changed): Promise<string | null> => {
  const toml = await import("smol-toml");
  makeFolder(home, home);
  return changeFile(join(home, "config.toml"), (text) => edit(toml, text));
};

/** Adds a server to the user's configuration. Null, or why the file stays as it is. */
export const addMcpServer = (home: string, name: string, entry: McpServerEntry): Promise<string | null> =>
  change(home, (toml, text) => added(toml, text, name, entry));

/** Takes a server out of the user's configuration. Null, or why the file stays as it is. */
export const removeMcpServer = (home: string, name: string): Promise<string | null> =>
  change(home, (toml, text) => removed(toml, text, name));
