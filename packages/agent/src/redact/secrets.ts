import { storedKeys } from "../config/keys.ts";
import { findProvider, providerIds } from "../config/providers.ts";
import type { Config } from "../config/schema.ts";
import { storedTokens } from "../mcp/token-store.ts";
import type { Secret } from "./forms.ts";

const credentialHeader = /auth|key|token|secret|cookie|passw|credential/i;

/** Headers (and variables of MCP servers) written out in the configuration: without the scheme, for the credential may be shown alone. */
const writtenHeaders = (headers: Readonly<Record<string, string>>): Secret[] =>
  Object.entries(headers)
    .filter(([name]) => credentialHeader.test(name))
    .map(([name, value]) => ({ name, value: value.replace(/^(?:bearer|basic|token)\s+/i, "") }));

/**
 * The values that must be neither shown, stored nor sent: those of `secrets` of the configuration, and the keys of all
 * model providers and MCP servers that are in the environment, in auth.json or in the configuration. A name without a value counts for
 * nothing.
 */
export const secretsInUse = async (config: Config, env: NodeJS.ProcessEnv, home: string): Promise<Secret[]> => {
  const names = new Set(config.secrets ?? []);
  const written: Secret[] = [];
  for (const id of providerIds(config)) {
    const found = findProvider(config, id, env);
    for (const name of found.ok ? found.provider.keyVariables : []) names.add(name);
    const entry = config.model_providers?.[id];
    for (const name of Object.values(entry?.env_http_headers ?? {})) names.add(name);
    written.push(...writtenHeaders(entry?.http_headers ?? {}));
  }
  for (const server of Object.values(config.mcp_servers ?? {})) {
    for (const name of [...(server.env_vars ?? []), ...Object.values(server.env_http_headers ?? {})]) names.add(name);
    if (server.bearer_token_env_var !== undefined) names.add(server.bearer_token_env_var);
    if (server.oauth?.client_secret_env_var !== undefined) names.add(server.oauth.client_secret_env_var);
    written.push(...writtenHeaders(server.http_headers ?? {}), ...writtenHeaders(server.env ?? {}));
  }
  const inEnvironment = [...names].map((name): Secret => ({ name, value: env[name] ?? "" }));
  const stored = [...(await storedKeys(home)), ...storedTokens(home)];
  return [...inEnvironment, ...stored, ...written].filter(({ value }) => value !== "");
};
