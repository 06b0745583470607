import { extractWWWAuthenticateParams } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ListToolsResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { boundedFetch } from "./bounded-fetch.ts";
import { readLogin, writeLogin } from "./token-store.ts";

/* What a server says to whoever has no token, or one that allows too little. */

const wordsIn = (scopes: string | undefined): string[] => (scopes ?? "").split(" ").filter((word) => word !== "");

/** Scopes in one text, each once; undefined for none. */
export const joinedScopes = (...scopes: readonly (string | undefined)[]): string | undefined => {
  const all = new Set(scopes.flatMap(wordsIn));
  return all.size === 0 ? undefined : [...all].join(" ");
};

/**
 * `fetch` for a server with a login. Renewing a token gives it no further scope, so an answer that finds one missing is
 * no matter for the SDK: the scope is kept for the next login, which only a person can give.
 */
export const fetchAsLoggedIn =
  (home: string, name: string, url: string): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    if (response.status !== 403) return response;
    const { error, scope } = extractWWWAuthenticateParams(response);
    if (error !== "insufficient_scope") return response;
    const login = readLogin(home, name, url);
    const wanted = joinedScopes(login?.wanted, login?.tokens?.scope, scope);
    const problem = writeLogin(home, name, { ...login, url, ...(wanted === undefined ? {} : { wanted }) });
    if (problem !== null) throw new Error(problem);
    throw new Error(`its login does not allow this (${scope ?? "no scope is named"}); run: fettle mcp login ${name}`);
  };

const patienceMs = 10_000;

type Challenge = ReturnType<typeof extractWWWAuthenticateParams>;

/** What the server says to somebody without a token who greets it and asks for its tools: where its metadata are, and what to ask for. */
export const challengeOf = async (url: string, version: string): Promise<Challenge> => {
  let challenge: Challenge = {};
  const listening: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (response.status === 401) challenge = extractWWWAuthenticateParams(response);
    return response;
  };
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: boundedFetch(listening, () => {}) });
  const client = new Client({ name: "fettle", version });
  try {
    // Its session id may be undefined, which the interface calls absent.
    await client.connect(transport as unknown as Transport, { timeout: patienceMs });
    await client.request({ method: "tools/list" }, ListToolsResultSchema, { timeout: patienceMs });
  } catch {
    // Being refused is what was looked for; of anything else the login will say what is wrong.
  } finally {
    await client.close();
  }
  return challenge;
};
