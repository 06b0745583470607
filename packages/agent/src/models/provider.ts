import type { Effort, ModelInfo } from "../model.ts";

/** A model provider with everything settled: what the configuration, the environment and the built-in table say. */
export type ProviderConfig = {
  /** Its key in the configuration. */
  readonly id: string;
  /** As people call it. */
  readonly name: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly wireApi: "responses" | "chat";
  /** Where its key is looked for, first match first. Empty: it takes none. */
  readonly keyVariables: readonly string[];
  readonly keyRequired: boolean;
  /** Sent with every request. Values may be secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** How often an endpoint that cannot be reached is tried again. */
  readonly requestMaxRetries: number;
  /** How often any other transient failure is tried again. */
  readonly streamMaxRetries: number;
  readonly streamIdleTimeoutMs: number;
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

/** A provider's endpoint with its query parameters. */
export const endpoint = (provider: ProviderConfig, path: string): string => {
  const query = new URLSearchParams(provider.query).toString();
  return `${provider.baseUrl}/${path}${query === "" ? "" : `?${query}`}`;
};

/** The headers of a request, the key among them. */
export const requestHeaders = (provider: ProviderConfig, key: string | null): Record<string, string> => ({
  "content-type": "application/json",
  "user-agent": "fettle",
  ...(key === null ? {} : { authorization: `Bearer ${key}` }),
  ...provider.headers,
});
