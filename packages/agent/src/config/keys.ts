import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import type { ProviderConfig } from "../models/provider.ts";

/*
 * Keys come from the environment or from FETTLE_HOME/auth.json, which only its owner may read:
 * { "OPENAI_API_KEY": "…", "<provider id>": "…" }.
 */

/** `source` says where it was found, never what it is. */
export type FoundKey =
  | { readonly ok: true; readonly key: string | null; readonly source: string | null }
  | { readonly ok: false; readonly message: string };

const authFile = z.record(z.string(), z.unknown());

const readAuthFile = (path: string): { ok: true; keys: Record<string, unknown> } | { ok: false; message: string } => {
  try {
    const { mode } = statSync(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      return { ok: false, message: `${path} can be read by others: run \`chmod 600 ${path}\`` };
    }
    const parsed = authFile.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (parsed.success) return { ok: true, keys: parsed.data };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { ok: true, keys: {} };
    if (code !== undefined) return { ok: false, message: `cannot read ${path} (${code})` };
    // A syntax error; its message would quote the file.
  }
  return { ok: false, message: `${path} is not valid: expected {"OPENAI_API_KEY": "..."}` };
};

/** The variables to name to a person who has no key. The one that is meant for a single run comes last. */
export const keyHint = ({ keyVariables }: ProviderConfig): string =>
  keyVariables.toSorted((a, b) => Number(a === "CODEX_API_KEY") - Number(b === "CODEX_API_KEY")).join(" or ");

/** The provider's key: the environment first, then auth.json by variable name or provider id. Null when there is none. */
export const findKey = async (provider: ProviderConfig, env: NodeJS.ProcessEnv, home: string): Promise<FoundKey> => {
  for (const variable of provider.keyVariables) {
    const value = env[variable]?.trim();
    if (value !== undefined && value !== "") return { ok: true, key: value, source: variable };
  }
  const path = join(home, "auth.json");
  const read = readAuthFile(path);
  // A file that is not safe must not be passed over in silence, except where no key is wanted.
  if (!read.ok) return provider.keyVariables.length === 0 ? { ok: true, key: null, source: null } : read;
  for (const name of [provider.id, ...provider.keyVariables]) {
    const value = Object.hasOwn(read.keys, name) ? read.keys[name] : undefined;
    if (value === undefined || value === null || value === "") continue;
    if (typeof value !== "string") return { ok: false, message: `${path}: ${name} must be a string` };
    return { ok: true, key: value.trim(), source: path };
  }
  return { ok: true, key: null, source: null };
};

/** All keys of auth.json with the names they stand under. A file that cannot be used holds none. */
export const storedKeys = async (home: string): Promise<{ name: string; value: string }[]> => {
  const read = readAuthFile(join(home, "auth.json"));
  if (!read.ok) return [];
  return Object.entries(read.keys).flatMap(([name, value]) => (typeof value === "string" ? [{ name, value }] : []));
};
