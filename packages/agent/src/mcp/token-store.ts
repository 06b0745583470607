import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { changeFile } from "../approvals/change-file.ts";
import { makeFolder } from "../thread/thread-files.ts";

/*
 * FETTLE_HOME/mcp-auth.json, which only its owner may read: what logging in to a server gave, by the server's name. It
 * counts for the URL that it was given for, and for no other.
 */

const login = z.looseObject({
  url: z.string(),
  client: z.optional(z.record(z.string(), z.unknown())),
  tokens: z.optional(
    z.looseObject({
      access_token: z.string(),
      refresh_token: z.optional(z.string()),
      scope: z.optional(z.string()),
      issuer: z.optional(z.string()),
    }),
  ),
  /** Scopes that the server found missing; the next login asks for them. */
  wanted: z.optional(z.string()),
});
const stored = z.record(z.string(), login);
export type Login = z.infer<typeof login>;

const fileOf = (home: string): string => join(home, "mcp-auth.json");

const parse = (text: string): Record<string, Login> => {
  try {
    const parsed = stored.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
};

/** A file that is not there, damaged, or open to others, holds nothing. */
const readAll = (home: string): Record<string, Login> => {
  const path = fileOf(home);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || (stat.mode & 0o077) !== 0) return {};
  return parse(readFileSync(path, "utf8"));
};

/** The login of a server at exactly this URL; null when there is none. */
export const readLogin = (home: string, name: string, url: string): Login | null => {
  const all = readAll(home);
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  return found?.url === url ? found : null;
};

/** Keeps a login, or (null) forgets it. Null, or why it could not be written. */
export const writeLogin = (home: string, name: string, entry: Login | null): string | null => {
  makeFolder(home, home);
  return changeFile(fileOf(home), (text) => {
    const { [name]: _, ...others } = parse(text);
    const all = entry === null ? others : { ...others, [name]: entry };
    return { ok: true, text: `${JSON.stringify(all, null, 2)}\n` };
  });
};

/** All tokens that are kept, with a name that says whose they are. */
export const storedTokens = (home: string): { name: string; value: string }[] =>
  Object.entries(readAll(home)).flatMap(([name, { tokens }]) =>
    tokens === undefined
      ? []
      : [
          { name: `${name} access token`, value: tokens.access_token },
          ...(tokens.refresh_token === undefined
            ? []
            : [{ name: `${name} refresh token`, value: tokens.refresh_token }]),
        ],
  );
