import { defaultModels, describeModel, providerOfName } from "../models/catalogue.ts";
import type { ModelChoice, ProviderConfig } from "../models/provider.ts";
import { findKey, keyHint } from "./keys.ts";
import { findProvider, providerIds } from "./providers.ts";
import type { Config } from "./schema.ts";

export type ResolvedModel =
  | {
      readonly ok: true;
      readonly choice: ModelChoice;
      /** One line: keys alone decided, and there are others. */
      readonly note?: string;
    }
  /** One line with the remedy. */
  | { readonly ok: false; readonly message: string };

type Wanted = { readonly provider: string; readonly model: string | undefined };

/**
 * Which provider and model are meant. `option` (`-m`) may name the provider before a slash; else the name belongs to
 * the configured provider, and so does `model` of the configuration when `model_provider` stands beside it. Without a
 * configured place for all models, a name that tells its provider goes there.
 */
const wantedModel = (config: Config, option: string | undefined, env: NodeJS.ProcessEnv): Wanted => {
  const configured = config.model_provider;
  const name = option ?? config.model;
  if (name === undefined) return { provider: configured ?? "openai", model: undefined };
  const slash = name.indexOf("/");
  const literal = option === undefined && configured !== undefined;
  const gateway = config.openai_base_url !== undefined || Boolean(env.OPENAI_BASE_URL);
  const told = slash <= 0 && !gateway ? providerOfName(name) : undefined;
  if (slash <= 0 || literal) return { provider: configured ?? told ?? "openai", model: name };
  const prefix = name.slice(0, slash);
  if (providerIds(config).includes(prefix)) return { provider: prefix, model: name.slice(slash + 1) };
  if (configured !== undefined || config.openai_base_url !== undefined) {
    return { provider: configured ?? "openai", model: name };
  }
  return { provider: prefix, model: name.slice(slash + 1) };
};

const offlineRemedy =
  "set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY, or name a model of a local server such as -m ollama/MODEL (`fettle models` lists what is there)";

const missingKey = (config: Config, provider: ProviderConfig, home: string): string => {
  const variables = keyHint(provider);
  const instructions = config.model_providers?.[provider.id]?.env_key_instructions;
  const more = instructions === undefined ? "" : ` (${instructions})`;
  return `no key for ${provider.name}: set ${variables}, or put it into ${home}/auth.json${more}; or use -m offline`;
};

type Sources = { readonly env: NodeJS.ProcessEnv; readonly home: string };
type Usable = { readonly provider: ProviderConfig; readonly key: string | null };

/** The providers that can be used when nothing is configured, in their order. */
const usableProviders = async (
  config: Config,
  { env, home }: Sources,
): Promise<{ ok: true; usable: Usable[] } | { ok: false; message: string }> => {
  const usable: Usable[] = [];
  for (const id of defaultModels.keys()) {
    const found = findProvider(config, id, env);
    if (!found.ok) return found;
    const { provider } = found;
    const key = await findKey(provider, env, home);
    if (!key.ok) return key;
    if (key.key !== null || !provider.keyRequired) usable.push({ provider, key: key.key });
  }
  return { ok: true, usable };
};

const remoteChoice = (config: Config, { provider, key }: Usable, name: string): ModelChoice => {
  const { info, effort } = describeModel(provider, name, config.model_context_window);
  const wish = config.model_reasoning_effort;
  return {
    kind: "remote",
    // Someone who sets an effort says that the model reasons.
    info: wish === undefined || wish === "none" ? info : { ...info, reasoning: true },
    provider,
    key,
    wireModel: name,
    effort: wish === undefined ? effort : wish === "none" ? undefined : wish,
    summary: config.model_reasoning_summary ?? "auto",
  };
};

/** Nothing is configured: the first key that is there decides, and the offline engine works without any. */
const choiceByKeys = async (config: Config, sources: Sources): Promise<ResolvedModel> => {
  const found = await usableProviders(config, sources);
  if (!found.ok) return found;
  const [first, ...others] = found.usable;
  const name = first === undefined ? undefined : defaultModels.get(first.provider.id);
  if (first === undefined || name === undefined) {
    return { ok: true, choice: { kind: "offline", reason: `no model is configured: ${offlineRemedy}` } };
  }
  const choice = remoteChoice(config, first, name);
  if (others.length === 0) return { ok: true, choice };
  const more = others.map(({ provider: { id } }) => `-m ${id}/${defaultModels.get(id)}`).join(" or ");
  return { ok: true, choice, note: `working with ${name} of ${first.provider.name}; there are keys for ${more} too` };
};

/** Which model to use, by the option, the configuration and the keys that are there. Sends no request. */
export const resolveModel = async (
  config: Config,
  options: { model?: string; env: NodeJS.ProcessEnv; home: string },
): Promise<ResolvedModel> => {
  const { env, home, model: option } = options;
  if (option === "") return { ok: false, message: "-m needs a model's name" };
  if ((option ?? config.model) === "offline" || (option === undefined && config.model_provider === "offline")) {
    return { ok: true, choice: { kind: "offline", reason: "the offline engine was asked for" } };
  }
  if (option === undefined && config.model === undefined && config.model_provider === undefined) {
    return choiceByKeys(config, options);
  }
  const wanted = wantedModel(config, option, env);
  const found = findProvider(config, wanted.provider, env);
  if (!found.ok) return found;
  const { provider } = found;
  const key = await findKey(provider, env, home);
  if (!key.ok) return key;
  if (key.key === null && provider.keyRequired) return { ok: false, message: missingKey(config, provider, home) };
  const name = wanted.model ?? defaultModels.get(provider.id);
  if (name === undefined || name === "") {
    const message = `no model is named for ${provider.name}: use -m ${provider.id}/MODEL or set model in the configuration (\`fettle models\` lists what is there)`;
    return { ok: false, message };
  }
  return { ok: true, choice: remoteChoice(config, { provider, key: key.key }, name) };
};
