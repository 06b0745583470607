import { defaultOpenAiModel, describeModel } from "../models/catalogue.ts";
import type { ModelChoice, ProviderConfig } from "../models/provider.ts";
import { findKey } from "./keys.ts";
import { findProvider, providerIds } from "./providers.ts";
import type { Config } from "./schema.ts";

export type ResolvedModel =
  | { readonly ok: true; readonly choice: ModelChoice }
  /** One line with the remedy. */
  | { readonly ok: false; readonly message: string };

type Wanted = { readonly provider: string; readonly model: string | undefined };

/**
 * Which provider and model are meant. `option` (`-m`) may name the provider before a slash; else the name belongs to
 * the configured provider, and so does `model` of the configuration when `model_provider` stands beside it.
 */
const wantedModel = (config: Config, option: string | undefined): Wanted => {
  const configured = config.model_provider;
  const name = option ?? config.model;
  if (name === undefined) return { provider: configured ?? "openai", model: undefined };
  const slash = name.indexOf("/");
  const literal = option === undefined && configured !== undefined;
  if (slash <= 0 || literal) return { provider: configured ?? "openai", model: name };
  const prefix = name.slice(0, slash);
  if (providerIds(config).includes(prefix)) return { provider: prefix, model: name.slice(slash + 1) };
  if (configured !== undefined || config.openai_base_url !== undefined) {
    return { provider: configured ?? "openai", model: name };
  }
  return { provider: prefix, model: name.slice(slash + 1) };
};

const offlineRemedy =
  "set OPENAI_API_KEY, or name a model of a local server such as -m ollama/MODEL (`fettle models` lists what is there)";

const missingKey = (config: Config, provider: ProviderConfig, home: string): string => {
  const variables = provider.keyVariables.toReversed().join(" or ");
  const instructions = config.model_providers?.[provider.id]?.env_key_instructions;
  const more = instructions === undefined ? "" : ` (${instructions})`;
  return `no key for ${provider.name}: set ${variables}, or put it into ${home}/auth.json${more}; or use -m offline`;
};

/** Which model to use, by the option, the configuration and the keys that are there. Sends no request. */
export const resolveModel = async (
  config: Config,
  options: { model?: string; env: NodeJS.ProcessEnv; home: string },
): Promise<ResolvedModel> => {
  const { env, home } = options;
  const option = options.model;
  if (option === "") return { ok: false, message: "-m needs a model's name" };
  if ((option ?? config.model) === "offline" || (option === undefined && config.model_provider === "offline")) {
    return { ok: true, choice: { kind: "offline", reason: "the offline engine was asked for" } };
  }
  const wanted = wantedModel(config, option);
  const found = findProvider(config, wanted.provider, env);
  if (!found.ok) return found;
  const { provider } = found;
  const chosen = option !== undefined || config.model !== undefined || config.model_provider !== undefined;
  const key = await findKey(provider, env, home);
  if (!key.ok) return key;
  const usable = key.key !== null || !provider.keyRequired;
  if (!chosen && !usable) {
    return { ok: true, choice: { kind: "offline", reason: `no model is configured: ${offlineRemedy}` } };
  }
  if (!usable) return { ok: false, message: missingKey(config, provider, home) };
  const name = wanted.model ?? (provider.id === "openai" ? defaultOpenAiModel : undefined);
  if (name === undefined || name === "") {
    const message = `no model is named for ${provider.name}: use -m ${provider.id}/MODEL or set model in the configuration (\`fettle models\` lists what is there)`;
    return { ok: false, message };
  }
  const { info, effort } = describeModel(provider, name, config.model_context_window);
  const wish = config.model_reasoning_effort;
  return {
    ok: true,
    choice: {
      kind: "remote",
      // Someone who sets an effort says that the model reasons.
      info: wish === undefined || wish === "none" ? info : { ...info, reasoning: true },
      provider,
      key: key.key,
      wireModel: name,
      effort: wish === undefined ? effort : wish === "none" ? undefined : wish,
      summary: config.model_reasoning_summary ?? "auto",
    },
  };
};
