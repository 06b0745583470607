import type { Effort, ModelInfo } from "../model.ts";

/** The ways to talk to a model service. */
export const wireApis = ["responses", "chat", "anthropic", "gemini"] as const;
export type WireApi = (typeof wireApis)[number];

/** A model provider with everything settled: what the configuration, the environment and the built-in table say. */
export type ProviderConfig = {
  /** Its key in the configuration. */
  readonly id: string;
  /** As people call it. */
  readonly name: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly wireApi: WireApi;
  /** Where its key is looked for, first match first. Empty: it takes none. */
  readonly keyVariables: readonly string[];
  readonly keyRequired: boolean;
  /** Sent with every request. Values may be secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** How often an endpoint that cannot be reached is tried again. Absent: as long as that may help. */
  readonly requestMaxRetries?: number;
  /** How often any other transient failure is tried again. */
  readonly streamMaxRetries: number;
  readonly streamIdleTimeoutMs: number;
  /** The Responses API is to be had over a WebSocket too. */
  readonly websocket?: boolean;
  /** The Responses API compacts a conversation on its side, and takes what it made of it back. */
  readonly compaction?: boolean;
};

export type ReasoningSummary = "auto" | "concise" | "detailed" | "none";

/** Which model a thread talks to, and all that is needed to talk to it. */
export type RemoteChoice = {
  readonly kind: "remote";
  readonly info: ModelInfo;
  readonly provider: ProviderConfig;
  /** Null where the provider takes none. */
  readonly key: string | null;
  /** The model's name in the provider's own words. */
  readonly wireModel: string;
  /** What `ModelRequest.effort` should be unless the caller wants otherwise. */
  readonly effort: Effort | undefined;
  readonly summary: ReasoningSummary;
};
export type ModelChoice = { readonly kind: "offline"; readonly reason: string } | RemoteChoice;

/** A provider's endpoint with its query parameters and those that the wire needs. */
export const endpoint = (
  provider: ProviderConfig,
  path: string,
  own: Readonly<Record<string, string>> = {},
): string => {
  const query = new URLSearchParams({ ...own, ...provider.query }).toString();
  return `${provider.baseUrl}/${path}${query === "" ? "" : `?${query}`}`;
};

const keyHeaders = (wireApi: WireApi, key: string): Record<string, string> => {
  if (wireApi === "anthropic") return { "x-api-key": key };
  if (wireApi === "gemini") return { "x-goog-api-key": key };
  return { authorization: `Bearer ${key}` };
};

/** The headers of a request, the key among them. */
export const requestHeaders = (provider: ProviderConfig, key: string | null): Record<string, string> => ({
  "content-type": "application/json",
  "user-agent": "fettle",
  ...(provider.wireApi === "anthropic" ? { "anthropic-version": "2023-06-01" } : {}),
  ...(key === null ? {} : keyHeaders(provider.wireApi, key)),
  ...provider.headers,
});
