import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { applyOverride, parseOverride } from "./overrides.ts";
import type { Config } from "./schema.ts";
import { validateConfig } from "./validate.ts";

export type LoadedConfig =
  /** `ignored`: keys that were accepted and do nothing here, worth a notice. */
  | { readonly ok: true; readonly config: Config; readonly ignored: string[] }
  /** One line: the file (with its line where known) or option, what is wrong, what would be right. */
  | { readonly ok: false; readonly message: string };

type Table = Record<string, unknown>;
type ReadTable = { ok: true; table: Table } | { ok: false; message: string };

/** An absent file is an empty one; anything else that cannot be read or parsed is an error. */
const readTable = async (path: string): Promise<ReadTable> => {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === "ENOENT") return { ok: true, table: {} };
    return { ok: false, message: `cannot read ${path} (${code}); mend it, or set FETTLE_HOME to another folder` };
  }
  const { parse, TomlError } = await import("smol-toml");
  try {
    return { ok: true, table: parse(text) };
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

const located = async (path: string, message: string): Promise<string> => {
  const key = /^(?:unknown key )?([\w.-]+)/.exec(message)?.[1] ?? "";
  const line = lineOf(await readFile(path, "utf8").catch(() => ""), key);
  return line === undefined ? `${path}: ${message}` : `${path}:${line}: ${message}`;
};

/**
 * Reads `home`/config.toml and the `-c key=value` overrides, which win. `env` is there for callers that pass their
 * environment through; the configuration itself names variables and never holds their values.
 */
export const loadConfig = async (options: {
  home: string;
  overrides: readonly string[];
  env: NodeJS.ProcessEnv;
}): Promise<LoadedConfig> => {
  const path = join(options.home, "config.toml");
  const read = await readTable(path);
  if (!read.ok) return read;
  const file = validateConfig(read.table);
  if (!file.ok) return { ok: false, message: await located(path, file.message) };
  let table = read.table;
  for (const text of options.overrides) {
    const parsed = await parseOverride(text);
    if (!parsed.ok) return parsed;
    table = applyOverride(table, parsed.override);
    const checked = validateConfig(table);
    if (!checked.ok) return { ok: false, message: `-c ${parsed.override.path.join(".")}: ${checked.message}` };
  }
  return validateConfig(table);
};
