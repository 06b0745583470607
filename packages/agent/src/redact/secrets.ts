import { storedKeys } from "../config/keys.ts";
import { findProvider, providerIds } from "../config/providers.ts";
import type { Config } from "../config/schema.ts";
import type { Secret } from "./forms.ts";

const credentialHeader = /auth|key|token|secret|cookie/i;

/** Headers written out in the configuration: without the scheme, for the credential may be shown alone. */
const writtenHeaders = (headers: Readonly<Record<string, string>>): Secret[] =>
  Object.entries(headers)
    .filter(([name]) => credentialHeader.test(name))
    .map(([name, value]) => ({ name, value: value.replace(/^(?:bearer|basic|token)\s+/i, "") }));

/**
 * The values that must be neither shown, stored nor sent: those of `secrets` of the configuration, and the keys of all
 * model providers that are in the environment, in auth.json or in the configuration. A name without a value counts for
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
  const inEnvironment = [...names].map((name): Secret => ({ name, value: env[name] ?? "" }));
  return [...inEnvironment, ...(await storedKeys(home)), ...written].filter(({ value }) => value !== "");
};
