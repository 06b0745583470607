import { defaultModels } from "../models/catalogue.ts";
import type { ProviderConfig } from "../models/provider.ts";
import type { Config, ProviderEntry } from "./schema.ts";
import { nearest } from "./validate.ts";

/* Which providers there are: the built-in ones, changed and extended by `model_providers` of the configuration. */

type BuiltIn = ProviderEntry & {
  readonly base_url: string;
  readonly name: string;
  /** Where its key is looked for, first match first. */
  readonly keys?: readonly string[];
};

const builtIn: Readonly<Record<string, BuiltIn>> = {
  openai: {
    name: "OpenAI",
    base_url: "https://api.openai.com/v1",
    wire_api: "responses",
    requires_openai_auth: true,
  },
  anthropic: {
    name: "Anthropic",
    base_url: "https://api.anthropic.com/v1",
    wire_api: "anthropic",
    keys: ["ANTHROPIC_API_KEY"],
  },
  gemini: {
    name: "Gemini",
    base_url: "https://generativelanguage.googleapis.com/v1beta",
    wire_api: "gemini",
    keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  },
  ollama: { name: "Ollama", base_url: "http://127.0.0.1:11434/v1", wire_api: "chat" },
  lmstudio: { name: "LM Studio", base_url: "http://127.0.0.1:1234/v1", wire_api: "chat" },
  llamacpp: { name: "llama.cpp", base_url: "http://127.0.0.1:8080/v1", wire_api: "chat" },
  vllm: { name: "vLLM", base_url: "http://127.0.0.1:8000/v1", wire_api: "chat" },
};

/** An explicit key for one run beats the one that is always there. */
const openAiKeyVariables = ["CODEX_API_KEY", "OPENAI_API_KEY"];

const defaultIdleTimeoutMs = 300_000;
const defaultStreamRetries = 10;

/** `OLLAMA_HOST` as Ollama reads it: host, host:port, :port or a URL; an address to listen on means this machine. */
export const ollamaBaseUrl = (host: string): string => {
  const trimmed = host.trim().replace(/\/+$/, "");
  const hasScheme = /^https?:\/\//.test(trimmed);
  const rest = trimmed.replace(/^https?:\/\//, "");
  const address = rest.startsWith(":") ? `127.0.0.1${rest}` : rest;
  const scheme = hasScheme ? trimmed.slice(0, trimmed.indexOf("://")) : "http";
  const hasPort = /:\d+(?:\/|$)/.test(address);
  const withPort = hasPort || hasScheme ? address : address.replace(/^([^/]*)/, "$1:11434");
  return `${scheme}://${withPort.replace(/^(?:0\.0\.0\.0|\[::\])/, "127.0.0.1")}/v1`;
};

const baseUrlOf = (id: string, entry: ProviderEntry | undefined, config: Config, env: NodeJS.ProcessEnv) => {
  if (id === "openai") return config.openai_base_url ?? entry?.base_url ?? (env.OPENAI_BASE_URL || undefined);
  if (entry?.base_url !== undefined) return entry.base_url;
  return id === "ollama" && env.OLLAMA_HOST ? ollamaBaseUrl(env.OLLAMA_HOST) : undefined;
};

export const isLoopback = (url: string): boolean => {
  const host = URL.parse(url)?.hostname ?? "";
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
};

/** Servers that people run themselves, where they listen unless told otherwise. */
export const localProviders: ReadonlyMap<string, string> = new Map(
  ["ollama", "lmstudio", "llamacpp", "vllm"].map((id) => [id, builtIn[id]?.base_url ?? ""]),
);

/** Ids of all providers, built-in ones first. */
export const providerIds = (config: Config): string[] => [
  ...new Set([...Object.keys(builtIn), ...Object.keys(config.model_providers ?? {})]),
];

export type FoundProvider = { ok: true; provider: ProviderConfig } | { ok: false; message: string };

const entriesOf = (config: Config, id: string): ProviderEntry | undefined =>
  Object.hasOwn(config.model_providers ?? {}, id) ? config.model_providers?.[id] : undefined;

/** The provider with its URL, headers and limits settled; environment variables named for headers are read here. */
export const findProvider = (config: Config, id: string, env: NodeJS.ProcessEnv): FoundProvider => {
  const entry = entriesOf(config, id);
  const base = Object.hasOwn(builtIn, id) ? builtIn[id] : undefined;
  if (entry === undefined && base === undefined) {
    const known = providerIds(config);
    const close = nearest(id, known);
    const hint = close === undefined ? `known are ${known.join(", ")}` : `did you mean ${close}?`;
    return {
      ok: false,
      message: `unknown model provider ${id}: ${hint} (or add model_providers.${id} with a base_url)`,
    };
  }
  const merged = { ...base, ...entry };
  const custom = baseUrlOf(id, entry, config, env);
  const baseUrl = (custom ?? base?.base_url)?.replace(/\/+$/, "");
  if (baseUrl === undefined) return { ok: false, message: `model_providers.${id}.base_url is not set` };
  const parsed = URL.parse(baseUrl);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    return { ok: false, message: `the base URL of provider ${id} is not an http(s) URL; correct it` };
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(merged.http_headers ?? {})) headers[name.toLowerCase()] = value;
  for (const [name, variable] of Object.entries(merged.env_http_headers ?? {})) {
    const value = env[variable];
    if (value !== undefined && value !== "") headers[name.toLowerCase()] = value;
  }
  const ownKey = merged.env_key === undefined ? [] : [merged.env_key];
  const known = merged.requires_openai_auth === true ? openAiKeyVariables : (base?.keys ?? []);
  const keyVariables = [...ownKey, ...known];
  const provider: ProviderConfig = {
    id,
    name: merged.name ?? id,
    baseUrl,
    wireApi: merged.wire_api ?? "responses",
    keyVariables,
    // A service's own protocol on a server of this machine usually needs no key.
    keyRequired: keyVariables.length > 0 && !(defaultModels.has(id) && isLoopback(baseUrl)),
    headers,
    query: merged.query_params ?? {},
    streamMaxRetries: merged.stream_max_retries ?? defaultStreamRetries,
    streamIdleTimeoutMs: merged.stream_idle_timeout_ms ?? defaultIdleTimeoutMs,
    ...(merged.request_max_retries === undefined ? {} : { requestMaxRetries: merged.request_max_retries }),
    ...(merged.supports_websockets === true ? { websocket: true } : {}),
    ...((merged.supports_compaction ?? baseUrl === builtIn.openai?.base_url) ? { compaction: true } : {}),
  };
  return { ok: true, provider };
};
