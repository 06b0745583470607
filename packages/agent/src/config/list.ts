import * as z from "zod/mini";
import { createTransport, type Transport } from "../models/http.ts";
import { endpoint, type ProviderConfig, requestHeaders } from "../models/provider.ts";
import { findKey } from "./keys.ts";
import { findProvider, providerIds } from "./providers.ts";
import type { Config } from "./schema.ts";

/** One line of `fettle models`. */
export type ProviderStatus = {
  readonly id: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly wireApi: "responses" | "chat";
  readonly key: "present" | "missing" | "not_needed";
  /** Where the key was found (a variable or a file), or where it is looked for. */
  readonly keySource: string | null;
  /** Null: it was not asked, because its key is missing. */
  readonly reachable: boolean | null;
  /** Why it cannot be used, in a few words. */
  readonly problem: string | null;
  /** As `-m` takes them. */
  readonly models: readonly string[];
};

const probeMs = 1500;
const maxListBytes = 4 * 1024 * 1024;
const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

type Probe = { readonly reachable: boolean; readonly problem: string | null; readonly models: string[] };

const probe = async (provider: ProviderConfig, key: string | null, transport: Transport): Promise<Probe> => {
  const signal = AbortSignal.timeout(probeMs);
  const result = await transport.send({
    method: "GET",
    url: endpoint(provider, "models"),
    headers: { ...requestHeaders(provider, key), accept: "application/json", connection: "close" },
    timeouts: { connectMs: probeMs, firstByteMs: probeMs, idleMs: probeMs },
    signal,
  });
  if (!result.ok) {
    const { fault } = result;
    const problem = fault.kind === "network" ? `not reachable (${fault.code})` : "no answer in time";
    return { reachable: false, problem, models: [] };
  }
  const { status } = result.response;
  const text = await result.response.text(maxListBytes);
  if (status === 401 || status === 403) return { reachable: true, problem: "the key was not accepted", models: [] };
  if (status !== 200) return { reachable: true, problem: `answered ${status} when asked for its models`, models: [] };
  try {
    const parsed = modelList.safeParse(JSON.parse(text));
    if (parsed.success) return { reachable: true, problem: null, models: parsed.data.data.map((entry) => entry.id) };
  } catch {
    // Not JSON: the same as a list of another shape.
  }
  return { reachable: true, problem: "its list of models cannot be read", models: [] };
};

const statusOf = async (
  id: string,
  config: Config,
  env: NodeJS.ProcessEnv,
  home: string,
  transport: Transport,
): Promise<ProviderStatus> => {
  const found = findProvider(config, id, env);
  if (!found.ok) {
    const entry = config.model_providers?.[id];
    const wireApi = entry?.wire_api ?? "responses";
    const common = { id, name: entry?.name ?? id, baseUrl: entry?.base_url ?? "", wireApi };
    return { ...common, key: "missing", keySource: null, reachable: null, problem: found.message, models: [] };
  }
  const { provider } = found;
  const common = { id, name: provider.name, baseUrl: provider.baseUrl, wireApi: provider.wireApi };
  const key = await findKey(provider, env, home);
  if (!key.ok) {
    return { ...common, key: "missing", keySource: null, reachable: null, problem: key.message, models: [] };
  }
  if (key.key === null && provider.keyRequired) {
    const keySource = provider.keyVariables.toReversed().join(" or ");
    return { ...common, key: "missing", keySource, reachable: null, problem: `set ${keySource}`, models: [] };
  }
  const probed = await probe(provider, key.key, transport);
  const models = id === "openai" ? probed.models : probed.models.map((model) => `${id}/${model}`);
  return { ...common, key: key.key === null ? "not_needed" : "present", keySource: key.source, ...probed, models };
};

/** All providers, each asked for its models at the same time, for at most 1.5 s. Never throws for what they answer. */
export const listModels = (config: Config, env: NodeJS.ProcessEnv, home: string): Promise<ProviderStatus[]> => {
  const transport = createTransport();
  return Promise.all(providerIds(config).map((id) => statusOf(id, config, env, home, transport)));
};
