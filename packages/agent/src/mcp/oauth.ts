import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { auth, type OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import type { McpServerEntry } from "./server-config.ts";
import { type Login, readLogin, writeLogin } from "./token-store.ts";

/* Logging in to MCP servers by OAuth: in the browser once, with a token that is renewed afterwards. */

type Place = { readonly home: string; readonly name: string; readonly url: string };

type Interactive = {
  readonly redirectUrl: string;
  readonly state: string;
  readonly scope: string | undefined;
  open(url: URL): void;
};

const update = (place: Place, change: Partial<Login>): void => {
  const { home, name, url } = place;
  const problem = writeLogin(home, name, { ...readLogin(home, name, url), url, ...change });
  if (problem !== null) throw new Error(problem);
};

/** What the SDK asks for while it authorises. Without `interactive` a new login is refused: nobody looks at a browser. */
const providerFor = (place: Place, interactive: Interactive | null): OAuthClientProvider => {
  const { home, name, url } = place;
  let verifier = "";
  const stored = (): Login | null => readLogin(home, name, url);
  return {
    redirectUrl: interactive?.redirectUrl ?? "http://127.0.0.1/callback",
    clientMetadata: {
      client_name: "fettle",
      redirect_uris: [interactive?.redirectUrl ?? "http://127.0.0.1/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      ...(interactive?.scope === undefined ? {} : { scope: interactive.scope }),
    },
    ...(interactive === null ? {} : { state: () => interactive.state }),
    // The address to come back to is another each time, so each login registers itself anew.
    clientInformation: () =>
      (interactive === null || verifier !== "" ? stored()?.client : undefined) as
        | OAuthClientInformationMixed
        | undefined,
    saveClientInformation: (client) => update(place, { client: { ...client } }),
    tokens: () => (interactive === null ? (stored()?.tokens as OAuthTokens | undefined) : undefined),
    saveTokens: (tokens) => update(place, { tokens: { ...tokens } }),
    redirectToAuthorization(authorizationUrl) {
      if (interactive === null) throw new Error(loginHint(name));
      interactive.open(authorizationUrl);
    },
    saveCodeVerifier(text) {
      verifier = text;
    },
    codeVerifier: () => verifier,
  };
};

/** The remedy of a server that wants a login. */
export const loginHint = (name: string): string => `it wants a login; run: fettle mcp login ${name}`;

/** The provider for a server that a person has logged in to; undefined for others. */
export const storedProvider = (home: string, name: string, entry: McpServerEntry): OAuthClientProvider | undefined => {
  const { url } = entry;
  if (url === undefined || readLogin(home, name, url)?.tokens === undefined) return undefined;
  return providerFor({ home, name, url }, null);
};

type Callback = { readonly url: string; readonly code: Promise<string>; close(): void };

const page = (text: string): string => `<!doctype html><meta charset="utf-8"><title>fettle</title><p>${text}</p>`;

/** Listens on loopback for the browser that comes back. Only an answer with our own state counts. */
const listenForCode = async (state: string): Promise<Callback> => {
  const { promise: code, resolve, reject } = Promise.withResolvers<string>();
  code.catch(() => {});
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    if (pathname !== "/callback" || searchParams.get("state") !== state) {
      response.writeHead(404).end();
      return;
    }
    const given = searchParams.get("code");
    const text =
      given === null
        ? "The login was refused. You can close this page."
        : "fettle is logged in. You can close this page.";
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", connection: "close" }).end(page(text));
    if (given === null)
      reject(new Error(`the login was refused (${searchParams.get("error") ?? "no code was given"})`));
    else resolve(given);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/callback`,
    code,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
};

const withinTime = <T>(promise: Promise<T>, ms: number): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("nobody logged in in time")), ms);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/**
 * Logs in to a server: `open` gets the page to be opened in a browser. Null, or why it failed, in a line. What was
 * stored before is kept until the new login is complete.
 */
export const logIn = async (
  { home, name, entry }: { home: string; name: string; entry: McpServerEntry },
  open: (url: URL) => void,
  timeoutMs = 300_000,
): Promise<string | null> => {
  const { url, scopes } = entry;
  if (url === undefined) return "it is started as a command; only servers with a url have a login";
  const state = randomBytes(16).toString("hex");
  const callback = await listenForCode(state);
  const scope = scopes?.join(" ");
  const provider = providerFor({ home, name, url }, { redirectUrl: callback.url, state, scope, open });
  try {
    const asked = { serverUrl: url, ...(scope === undefined ? {} : { scope }) };
    if ((await auth(provider, asked)) === "REDIRECT")
      await auth(provider, { ...asked, authorizationCode: await withinTime(callback.code, timeoutMs) });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    callback.close();
  }
};
