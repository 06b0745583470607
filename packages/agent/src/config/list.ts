import * as z from "zod/mini";
import { createTransport, type Transport } from "../models/http.ts";
import { endpoint, type ProviderConfig, requestHeaders, type WireApi } from "../models/provider.ts";
import { findKey, keyHint } from "./keys.ts";
import { findProvider, isLoopback, localProviders, providerIds } from "./providers.ts";
import type { Config } from "./schema.ts";

/** One line of `fettle models`. */
export type ProviderStatus = {
  readonly id: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly wireApi: WireApi;
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

/** How long a provider may take to answer. */
const patienceMs = 1500;
const maxListBytes = 4 * 1024 * 1024;
const idList = z.object({ data: z.array(z.object({ id: z.string() })) });
/** Google's list has all kinds of models, each with what it can do. */
const nameList = z.object({
  models: z.array(z.object({ name: z.string(), supportedGenerationMethods: z.optional(z.array(z.string())) })),
});
/** Both would give only the first few otherwise. */
const pageSize: Partial<Record<WireApi, Record<string, string>>> = {
  anthropic: { limit: "1000" },
  gemini: { pageSize: "1000" },
};

/** The names in an answer; undefined when it is no list of models. */
const namesIn = (text: string, wireApi: WireApi): string[] | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (wireApi !== "gemini") {
    const parsed = idList.safeParse(value);
    return parsed.success ? parsed.data.data.map((entry) => entry.id) : undefined;
  }
  const parsed = nameList.safeParse(value);
  if (!parsed.success) return undefined;
  return parsed.data.models
    .filter(({ supportedGenerationMethods: able }) => able === undefined || able.includes("generateContent"))
    .map(({ name }) => name.replace(/^models\//, ""));
};

type Ask = { readonly transport: Transport; readonly patienceMs: number };
type Probe = { readonly reachable: boolean; readonly problem: string | null; readonly models: string[] };

const probe = async (provider: ProviderConfig, key: string | null, ask: Ask): Promise<Probe> => {
  const { transport, patienceMs: probeMs } = ask;
  const signal = AbortSignal.timeout(probeMs);
  const result = await transport.send({
    method: "GET",
    url: endpoint(provider, "models", pageSize[provider.wireApi]),
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
  const models = namesIn(text, provider.wireApi);
  if (models !== undefined) return { reachable: true, problem: null, models };
  return { reachable: true, problem: "its list of models cannot be read", models: [] };
};

const statusOf = async (
  id: string,
  config: Config,
  env: NodeJS.ProcessEnv,
  home: string,
  ask: Ask,
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
    const keySource = keyHint(provider);
    return { ...common, key: "missing", keySource, reachable: null, problem: `set ${keySource}`, models: [] };
  }
  const probed = await probe(provider, key.key, ask);
  const models = id === "openai" ? probed.models : probed.models.map((model) => `${id}/${model}`);
  return { ...common, key: key.key === null ? "not_needed" : "present", keySource: key.source, ...probed, models };
};

/** All providers, each asked for its models at the same time, for at most 1.5 s. Never throws for what they answer. */
export const listModels = (config: Config, env: NodeJS.ProcessEnv, home: string): Promise<ProviderStatus[]> => {
  const ask = { transport: createTransport(), patienceMs };
  return Promise.all(providerIds(config).map((id) => statusOf(id, config, env, home, ask)));
};

/** How long a server of this machine may take to answer. */
const localPatienceMs = 300;

/**
 * The servers for local models that run on this machine and their models. Asks only loopback, at the places that are
 * configured there or else the usual ones, for `waitMs` at most. Another program at such a port is not listed.
 */
export const discoverModels = async (
  config: Config,
  env: NodeJS.ProcessEnv,
  home: string,
  waitMs = localPatienceMs,
): Promise<ProviderStatus[]> => {
  const ask = { transport: createTransport(), patienceMs: waitMs };
  const found = [...localProviders].map(([id, usual]) => {
    const configured = findProvider(config, id, env);
    const near = configured.ok && isLoopback(configured.provider.baseUrl);
    const entry = { ...config.model_providers?.[id], ...(near ? {} : { base_url: usual }) };
    return statusOf(id, { ...config, model_providers: { ...config.model_providers, [id]: entry } }, env, home, ask);
  });
  return (await Promise.all(found)).filter((status) => status.problem === null);
};
