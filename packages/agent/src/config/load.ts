import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configPath } from "../trust/project-files.ts";
import { trustNote, trustOfFile } from "../trust/trust.ts";
import { applyOverride, type Override, parseOverride } from "./overrides.ts";
import { layProjectOver } from "./project-layer.ts";
import type { Config } from "./schema.ts";
import { validateConfig } from "./validate.ts";

export type LoadedConfig =
  /**
   * `ignored`: keys that were accepted and do nothing here, worth a notice. `notes`: what of the repository's own
   * configuration does not count, a line each.
   */
  | { readonly ok: true; readonly config: Config; readonly ignored: string[]; readonly notes?: readonly string[] }
  /** One line: the file (with its line where known) or option, what is wrong, what would be right. */
  | { readonly ok: false; readonly message: string };

type Table = Record<string, unknown>;
type ReadTable = { ok: true; table: Table } | { ok: false; message: string };

/** An absent file is an empty one. */
const readText = (path: string): { ok: true; text: string } | { ok: false; message: string } => {
  try {
    return { ok: true, text: readFileSync(path, "utf8") };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === "ENOENT") return { ok: true, text: "" };
    return { ok: false, message: `cannot read ${path} (${code}); mend it, or set FETTLE_HOME to another folder` };
  }
};

/** The table of a file, whose keys are known and of the right types. */
export const parseConfig = async (path: string, text: string): Promise<ReadTable> => {
  if (text === "") return { ok: true, table: {} };
  const { parse, TomlError } = await import("smol-toml");
  try {
    const table = parse(text);
    const checked = validateConfig(table);
    return checked.ok ? { ok: true, table } : { ok: false, message: located(path, text, checked.message) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document:\s*/, "");
    return { ok: false, message: `${path}:${error.line}: invalid TOML: ${what}` };
  }
};

/** The line on which a key is set, for the message about it; searched in the text, because parsed tables know none. */
const lineOf = (text: string, key: string): number | undefined => {
  const name = key.slice(key.lastIndexOf(".") + 1);
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const index = text.split("\n").findIndex((line) => new RegExp(`^\\s*\\[?[^=#]*\\b${escaped}\\b`).test(line));
  return index === -1 ? undefined : index + 1;
};

const located = (path: string, text: string, message: string): string => {
  const key = /^(?:unknown key )?([\w.-]+)/.exec(message)?.[1] ?? "";
  const line = lineOf(text, key);
  return line === undefined ? `${path}: ${message}` : `${path}:${line}: ${message}`;
};

type Overrides = { ok: true; overrides: readonly Override[] } | { ok: false; message: string };

/** Each is checked on top of the last, so that a message names the one that is wrong. */
const readOverrides = async (texts: readonly string[], user: Table): Promise<Overrides> => {
  const overrides: Override[] = [];
  let table = user;
  for (const text of texts) {
    const parsed = await parseOverride(text);
    if (!parsed.ok) return parsed;
    table = applyOverride(table, parsed.override);
    const checked = validateConfig(table);
    if (!checked.ok) return { ok: false, message: `-c ${parsed.override.path.join(".")}: ${checked.message}` };
    overrides.push(parsed.override);
  }
  return { ok: true, overrides };
};

const withOverrides = (table: Table, overrides: readonly Override[]): Table => overrides.reduce(applyOverride, table);

type Layered = { ok: true; table: Table; notes: string[] } | { ok: false; message: string };

/** One line a run, however many keys it is about. */
const refusedNote = (refused: readonly { key: string; why: string }[]): string[] =>
  refused.length === 0
    ? []
    : [`${configPath}: of it does not count: ${refused.map(({ key, why }) => `${key} (${why})`).join(", ")}`];

/** Lays the repository's configuration over the user's, if exactly this content was trusted. */
const withProject = async (
  user: Table,
  limits: Config,
  repository: { home: string; root: string },
): Promise<Layered> => {
  const file = trustOfFile(repository, configPath);
  const note = trustNote(file, "it");
  if (note !== null) return { ok: true, table: user, notes: [note] };
  const project = await parseConfig(join(repository.root, configPath), file.text ?? "");
  if (!project.ok) return project;
  const { table, refused } = layProjectOver(user, project.table, { limits, root: repository.root });
  return {
    ok: true,
    table,
    notes: refusedNote(refused),
  };
};

/**
 * Reads `home`/config.toml, over it the trusted configuration of the repository with this root (a real path, none
 * when absent), and the `-c key=value` overrides, which win. `env` is there for callers that pass their environment
 * through; the configuration itself names variables and never holds their values.
 */
export const loadConfig = async (options: {
  home: string;
  root?: string;
  overrides: readonly string[];
  env: NodeJS.ProcessEnv;
}): Promise<LoadedConfig> => {
  const { home, root } = options;
  const path = join(home, "config.toml");
  const read = readText(path);
  if (!read.ok) return read;
  const user = await parseConfig(path, read.text);
  if (!user.ok) return user;
  const given = await readOverrides(options.overrides, user.table);
  if (!given.ok) return given;
  const own = validateConfig(withOverrides(user.table, given.overrides));
  if (root === undefined || !own.ok) return own;
  const layered = await withProject(user.table, own.config, { home, root });
  if (!layered.ok) return layered;
  const result = validateConfig(withOverrides(layered.table, given.overrides));
  return result.ok && layered.notes.length > 0 ? { ...result, notes: layered.notes } : result;
};
