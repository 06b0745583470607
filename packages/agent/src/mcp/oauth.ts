import { randomBytes } from "node:crypto";
import { auth, type OAuthClientProvider, type OAuthDiscoveryState } from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { type Granted, listenForCode } from "./oauth-callback.ts";
import { challengeOf, joinedScopes } from "./oauth-challenge.ts";
import type { McpServerEntry } from "./server-config.ts";
import { type Login, readLogin, writeLogin } from "./token-store.ts";

/* Logging in to MCP servers by OAuth: in the browser once, with a token that is renewed afterwards. */

type Place = { readonly home: string; readonly name: string; readonly url: string; readonly entry: McpServerEntry };

/** Who gives the tokens, as its metadata say. */
type Issuer = { readonly issuer: string; readonly named: boolean };

type Interactive = {
  readonly redirectUrl: string;
  readonly state: string;
  readonly scope: string | undefined;
  open(url: URL): void;
  found(issuer: Issuer): void;
};

const withoutSlash = (url: string): string => url.replace(/\/$/, "");

/** Metadata that speak for somebody else than who was asked would send the login to a stranger. */
const issuerOf = ({
  authorizationServerUrl,
  authorizationServerMetadata: metadata,
}: OAuthDiscoveryState): Issuer | null => {
  if (metadata === undefined) return null;
  const { issuer } = metadata;
  if (withoutSlash(issuer) !== withoutSlash(String(authorizationServerUrl)))
    throw new Error(`the metadata of ${authorizationServerUrl} are those of another issuer, ${issuer}`);
  const named = (metadata as Record<string, unknown>).authorization_response_iss_parameter_supported === true;
  return { issuer, named };
};

type Change = { readonly [K in "client" | "tokens" | "wanted"]?: Login[K] | undefined };

const update = (place: Place, change: Change): void => {
  const { home, name, url } = place;
  const problem = writeLogin(home, name, { ...readLogin(home, name, url), url, ...change });
  if (problem !== null) throw new Error(problem);
};

/** The client that the configuration names. It stays bound to who gave the first tokens: no other gets its secret. */
const configuredClient = ({ oauth }: McpServerEntry, login: Login | null): OAuthClientInformationMixed | null => {
  if (oauth === undefined) return null;
  const secret = oauth.client_secret_env_var === undefined ? undefined : process.env[oauth.client_secret_env_var];
  const issuer = login?.tokens?.issuer;
  return {
    client_id: oauth.client_id,
    ...(secret === undefined || secret === "" ? {} : { client_secret: secret }),
    ...(issuer === undefined ? {} : { issuer }),
  };
};

/** What the SDK asks for while it authorises. Without `interactive` a new login is refused: nobody looks at a browser. */
const providerFor = (place: Place, interactive: Interactive | null): OAuthClientProvider => {
  const { home, name, url, entry } = place;
  let verifier = "";
  const stored = (): Login | null => readLogin(home, name, url);
  const registered = {
    // The address to come back to is another each time, so each login registers itself anew.
    clientInformation: () =>
      (interactive === null || verifier !== "" ? stored()?.client : undefined) as
        | OAuthClientInformationMixed
        | undefined,
    saveClientInformation: (client: OAuthClientInformationMixed) => update(place, { client: { ...client } }),
  };
  const redirectUrl = interactive?.redirectUrl ?? "http://127.0.0.1/callback";
  const clientMetadata = {
    client_name: "fettle",
    redirect_uris: [redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "native",
    ...(interactive?.scope === undefined ? {} : { scope: interactive.scope }),
  };
  return {
    redirectUrl,
    clientMetadata,
    ...(interactive === null ? {} : { state: () => interactive.state }),
    // Without a place to save a client the SDK registers none.
    ...(entry.oauth === undefined
      ? registered
      : { clientInformation: () => configuredClient(entry, stored()) ?? undefined }),
    tokens: () => (interactive === null ? (stored()?.tokens as OAuthTokens | undefined) : undefined),
    saveTokens: (tokens) =>
      update(place, {
        tokens: { ...tokens } as Login["tokens"],
        ...(interactive === null ? {} : { wanted: undefined }),
      }),
    redirectToAuthorization(authorizationUrl) {
      if (interactive === null) throw new Error(loginHint(name));
      interactive.open(authorizationUrl);
    },
    saveDiscoveryState(state) {
      const issuer = issuerOf(state);
      if (issuer !== null) interactive?.found(issuer);
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
  return providerFor({ home, name, url, entry }, null);
};

const withinTime = <T>(promise: Promise<T>, ms: number): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("nobody logged in in time")), ms);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** A code that another one gave (RFC 9207) must not be shown to this one. */
const codeFrom = ({ code, iss }: Granted, issuer: Issuer | null): string => {
  const isMissing = iss === null && issuer?.named === true;
  if (isMissing || (iss !== null && issuer !== null && iss !== issuer.issuer))
    throw new Error(`the answer to the login came from ${iss ?? "nobody who says so"}, not from ${issuer?.issuer}`);
  return code;
};

/**
 * Logs in to a server: `open` gets the page to be opened in a browser. Null, or why it failed, in a line. What was
 * stored before is kept until the new login is complete.
 */
export const logIn = async (
  { home, name, entry, version }: { home: string; name: string; entry: McpServerEntry; version: string },
  open: (url: URL) => void,
  timeoutMs = 300_000,
): Promise<string | null> => {
  const { url, scopes } = entry;
  if (url === undefined) return "it is started as a command; only servers with a url have a login";
  const state = randomBytes(16).toString("hex");
  const callback = await listenForCode(state);
  const { resourceMetadataUrl, scope: told } = await challengeOf(url, version);
  const scope = joinedScopes(scopes?.join(" ") ?? told, readLogin(home, name, url)?.wanted);
  let issuer: Issuer | null = null;
  const found = (one: Issuer): void => {
    issuer = one;
  };
  const interactive = { redirectUrl: callback.url, state, scope, open, found };
  const provider = providerFor({ home, name, url, entry }, interactive);
  try {
    const asked = {
      serverUrl: url,
      ...(scope === undefined ? {} : { scope }),
      ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }),
    };
    if ((await auth(provider, asked)) === "REDIRECT") {
      const authorizationCode = codeFrom(await withinTime(callback.granted, timeoutMs), issuer);
      await auth(provider, { ...asked, authorizationCode });
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    callback.close();
  }
};
