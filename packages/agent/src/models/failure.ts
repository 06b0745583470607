import type { IncomingHttpHeaders } from "node:http";
import { networkInterfaces } from "node:os";
import type { FailureCode } from "@fettle/protocol";
import type { ModelFailure } from "../model.ts";
import type { HttpFault } from "./http.ts";
import type { RemoteChoice } from "./provider.ts";

/*
 * What went wrong, in one line that says what to do. Texts of servers are shortened to one line, and secrets are taken
 * out of them: some servers repeat the key they refuse.
 */

const maxTextChars = 300;

/** Takes the key and the header values out of a text, and everything that looks like a key. */
export const redact = (text: string, choice: RemoteChoice): string => {
  let clean = text;
  for (const secret of [choice.key ?? "", ...Object.values(choice.provider.headers)]) {
    if (secret.length >= 6) clean = clean.replaceAll(secret, "[redacted]");
  }
  return clean
    .replace(/\b(?:sk|pk|key|tok)-[\w*.-]{6,}/gi, "[redacted]")
    .replace(/\bAIza[\w-]{20,}/g, "[redacted]")
    .replace(/\bBearer\s+[^\s"',]+/gi, "Bearer [redacted]")
    .replace(/(\w+:\/\/)[^\s/@]+@/g, "$1");
};

const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > maxTextChars ? `${line.slice(0, maxTextChars)}…` : line;
};

/** Where a request goes, without credentials or query. */
const place = (choice: RemoteChoice): string => {
  const url = URL.parse(choice.provider.baseUrl);
  return url === null ? choice.provider.baseUrl : `${url.origin}${url.pathname}`.replace(/\/$/, "");
};

/** A failure in our own words: one line, the provider's secrets taken out. */
export const plainFailure = (
  choice: RemoteChoice,
  code: FailureCode,
  transient: boolean,
  message: string,
  retryAfterMs?: number,
): ModelFailure => ({
  code,
  transient,
  message: oneLine(redact(message, choice)),
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

export const interrupted = (): ModelFailure => ({ code: "interrupted", message: "interrupted", transient: false });

/** Faults of a network that may come back, as the system names them. */
const awayCodes = new Set(["ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN", "EADDRNOTAVAIL", "ETIMEDOUT"]);

const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0)$/;

const startCommand: Record<string, string> = {
  ollama: "start it with `ollama serve`",
  lmstudio: "start its server (`lms server start`)",
  llamacpp: "start it with `llama-server -m MODEL.gguf --jinja`",
  vllm: "start it with `vllm serve MODEL`",
};

const isLocal = (choice: RemoteChoice): boolean => loopback.test(URL.parse(choice.provider.baseUrl)?.hostname ?? "");

/** Nothing could be asked; what is missing may come back. */
const away = (choice: RemoteChoice, message: string): ModelFailure => ({
  ...plainFailure(choice, "unreachable", true, message),
  ...(isLocal(choice) ? {} : { absent: "network" }),
});

const refused = (choice: RemoteChoice, met: boolean): ModelFailure => {
  const remedy = startCommand[choice.provider.id] ?? "is the server running there?";
  const message = `nothing listens at ${place(choice)}: ${remedy}`;
  if (!isLocal(choice)) return away(choice, message);
  // A server on this machine that is not running does not come up by waiting, unless it was there a moment ago.
  const failure = plainFailure(choice, "unreachable", met, message);
  return met ? { ...failure, absent: "server" } : failure;
};

const isConnected = (): boolean =>
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal }) => !internal));

/** No such host, says a network that is there: a name that was never met is more likely wrong than away. */
const unknownHost = (choice: RemoteChoice, met: boolean, connected: boolean): ModelFailure => {
  const message = `there is no host ${URL.parse(choice.provider.baseUrl)?.hostname ?? place(choice)}; check base_url and the network`;
  return met || !connected ? away(choice, message) : plainFailure(choice, "unreachable", true, message);
};

/**
 * A fault of the connection. `met`: the provider has answered this process before. `connected`: this machine has a
 * network of some kind.
 */
export const failureOfFault = (
  fault: HttpFault,
  choice: RemoteChoice,
  met = false,
  connected = isConnected(),
): ModelFailure => {
  const where = place(choice);
  if (fault.kind === "aborted") return interrupted();
  if (fault.kind === "timeout") {
    const seconds = Math.round(fault.ms / 100) / 10;
    if (fault.phase === "connect") {
      return away(choice, `${where} did not accept a connection within ${seconds} s`);
    }
    const what = fault.phase === "answer" ? "began no answer" : "sent nothing more";
    const key = `model_providers.${choice.provider.id}.stream_idle_timeout_ms`;
    return plainFailure(choice, "timeout", true, `${where} ${what} for ${seconds} s (${key} sets the limit)`);
  }
  if (fault.code === "ERR_INVALID_URL") {
    return plainFailure(choice, "bad_request", false, `${fault.message}; correct the provider's base_url`);
  }
  if (fault.code === "ERR_INVALID_CHAR") {
    return plainFailure(choice, "bad_request", false, `${fault.message}; correct the key or http_headers`);
  }
  if (fault.phase !== "connect") {
    return plainFailure(choice, "bad_response", true, `the connection to ${where} was lost (${fault.code})`);
  }
  if (fault.code === "ECONNREFUSED") return refused(choice, met);
  if (fault.code === "ENOTFOUND") return unknownHost(choice, met, connected);
  if (fault.code === "EAI_AGAIN") {
    const message = `the host of ${where} cannot be found (${fault.code}); check the network and base_url`;
    return away(choice, message);
  }
  if (fault.code === "EPROTO" || fault.code.startsWith("ERR_SSL")) {
    const message = `${where} does not speak TLS as it should (${fault.code}); check base_url: http or https?`;
    return plainFailure(choice, "unreachable", false, message);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(fault.code)) {
    const message = `the certificate of ${where} is not trusted (${fault.code}); NODE_EXTRA_CA_CERTS can name your own authority's file`;
    return plainFailure(choice, "unreachable", false, message);
  }
  const message = `cannot connect to ${where}: ${fault.message} (${fault.code})`;
  return awayCodes.has(fault.code) ? away(choice, message) : plainFailure(choice, "unreachable", true, message);
};

/** What the server wishes, in milliseconds from `now`: `retry-after-ms`, or `retry-after` in seconds or as a date. */
export const retryAfterOf = (headers: IncomingHttpHeaders, now: number): number | undefined => {
  const milliseconds = headers["retry-after-ms"];
  if (typeof milliseconds === "string" && /^\d+(?:\.\d+)?$/.test(milliseconds)) return Math.ceil(Number(milliseconds));
  const value = headers["retry-after"]?.trim();
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};

/** "Please try again in 1.2s" inside an error text: OpenAI's streamed errors and all of Google's have no header for it. */
const retryAfterInText = (text: string): number | undefined => {
  const match = /(?:try again|retry) in (\d+(?:\.\d+)?)\s*(ms|s|seconds?)\b/i.exec(text);
  if (match === null) return undefined;
  return Math.ceil(Number(match[1]) * (match[2]?.toLowerCase() === "ms" ? 1 : 1000));
};

const overflowText = [
  /context[_ ]length[_ ]exceeded/i,
  /maximum context length/i,
  /exceed(?:s|ed)?(?: the)?(?: available| maximum)? (?:context|model'?s? (?:maximum )?context)/i,
  /exceed_context_size/i,
  /context (?:window|size|length).{0,40}(?:exceed|too (?:small|long)|overflow|full)/i,
  /(?:prompt|input|request).{0,20}(?:is )?too (?:long|large) for/i,
  /prompt is too long/i,
  /input (?:token count|length|tokens).{0,60}exceed/i,
  /greater than the context length/i,
  /reduce the length of the (?:messages|prompt|input)/i,
];

/** How providers word "the input does not fit": OpenAI, llama.cpp, vLLM, LM Studio, Ollama and gateways to others. */
export const isOverflow = (text: string): boolean => overflowText.some((pattern) => pattern.test(text));

/** An error object of a provider, already parsed. `code` and `type` are its own words. */
export type ProviderError = { readonly code?: string; readonly type?: string; readonly message: string };

/** An error that came inside a stream, where no status tells what kind it is. */
export const failureOfError = (error: ProviderError, choice: RemoteChoice): ModelFailure => {
  const words = `${error.code ?? ""} ${error.type ?? ""}`;
  const name = choice.provider.name;
  const said = error.message === "" ? (error.code ?? error.type ?? "no reason given") : error.message;
  if (isOverflow(`${words} ${error.message}`)) return overflow(choice, said);
  if (isQuota(words, said)) return quota(choice, said);
  if (/rate_limit|too_many_requests|resource_exhausted|\b429\b/i.test(words)) {
    return plainFailure(
      choice,
      "rate_limited",
      true,
      `${name} limits the rate: ${said}`,
      retryAfterInText(error.message),
    );
  }
  if (/overloaded|slow_down|unavailable|\b(?:503|529)\b/i.test(words)) {
    return plainFailure(choice, "overloaded", true, `${name} is overloaded: ${said}`, retryAfterInText(error.message));
  }
  if (/content_filter|content_policy|policy_violation|cyber_policy|bio_policy/i.test(words)) {
    return plainFailure(choice, "refused", false, `${name} refused: ${said}`);
  }
  if (/invalid_api_key|authentication|permission|\b40[13]\b/i.test(words)) return unauthorised(choice, said);
  if (/model_not_found/i.test(words)) return notFound(choice, said);
  if (/invalid_request|invalid_prompt|invalid_value|invalid_argument|bad_request|\b400\b/i.test(words)) {
    return plainFailure(choice, "bad_request", false, `${name} refused the request: ${said}`);
  }
  return plainFailure(choice, "bad_response", true, `${name} failed while answering: ${said}`);
};

const overflow = (choice: RemoteChoice, said: string): ModelFailure =>
  plainFailure(
    choice,
    "context_overflow",
    false,
    `the conversation no longer fits ${choice.info.id}'s context: ${said}`,
  );

/** Waiting does not help: somebody must pay. */
const isQuota = (words: string, said: string): boolean =>
  /insufficient_quota|billing/i.test(words) || /credit balance is too low/i.test(said);

const quota = (choice: RemoteChoice, said: string): ModelFailure =>
  plainFailure(choice, "rate_limited", false, `the quota at ${choice.provider.name} is used up: ${said}`);

const unauthorised = (choice: RemoteChoice, said: string): ModelFailure => {
  const { provider, key } = choice;
  const variable = provider.keyVariables[0];
  const remedy =
    variable === undefined
      ? `set env_key in model_providers.${provider.id}`
      : key === null
        ? `set ${variable}`
        : `check the value of ${provider.keyVariables.join(" or ")}`;
  return plainFailure(choice, "authentication", false, `${provider.name} did not accept the key: ${remedy} (${said})`);
};

const notFound = (choice: RemoteChoice, said: string): ModelFailure => {
  const { provider, wireModel } = choice;
  const pull = provider.id === "ollama" ? `; \`ollama pull ${wireModel}\` fetches it` : "";
  const message = `${provider.name} has no model ${wireModel}: \`fettle models\` lists what there is${pull} (${said})`;
  return plainFailure(choice, "model_not_found", false, message);
};

export type ErrorAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly error: ProviderError;
};

/** An answer whose status is not 200. `now` in milliseconds, for dates in `retry-after`. */
export const failureOfAnswer = (answer: ErrorAnswer, choice: RemoteChoice, now: number): ModelFailure => {
  const { status, headers, error } = answer;
  const name = choice.provider.name;
  const words = `${error.code ?? ""} ${error.type ?? ""}`;
  const said = error.message === "" ? `status ${status}` : error.message;
  const wait = retryAfterOf(headers, now) ?? retryAfterInText(error.message);
  if (status >= 300 && status < 400) {
    const message = `${place(choice)} redirects to ${headers.location ?? "another place"}; set base_url to that place if you trust it`;
    return plainFailure(choice, "bad_request", false, message);
  }
  if (status === 401 || status === 403) {
    if (status === 401 || /key|auth|token/i.test(`${words} ${said}`)) return unauthorised(choice, said);
    return plainFailure(choice, "authentication", false, `${name} does not allow this (403): ${said}`);
  }
  // Some servers answer an overflow with 500 or 413, so its text counts before the status.
  if (status < 429 || status >= 500) {
    if (isOverflow(`${words} ${error.message}`) || status === 413) return overflow(choice, said);
  }
  if (status === 404) {
    if (/model/i.test(`${words} ${said}`)) return notFound(choice, said);
    const message = `${place(choice)} has no ${choice.provider.wireApi} endpoint (404: ${said}); check base_url and wire_api, or the model's name with \`fettle models\``;
    return plainFailure(choice, "model_not_found", false, message);
  }
  if (status === 429) {
    if (isQuota(words, said)) return quota(choice, said);
    return plainFailure(choice, "rate_limited", true, `${name} limits the rate: ${said}`, wait);
  }
  if (status === 503 || status === 529) {
    return plainFailure(choice, "overloaded", true, `${name} is overloaded (${status}): ${said}`, wait);
  }
  if (status >= 500 || status === 408 || status === 409) {
    return plainFailure(choice, "bad_response", true, `${name} failed (${status}): ${said}`, wait);
  }
  if (/content_filter|content_policy|policy_violation/i.test(words)) {
    return plainFailure(choice, "refused", false, `${name} refused: ${said}`);
  }
  // Two that are told as any other bad request.
  if (isQuota(words, said)) return quota(choice, said);
  if (/api key (?:not valid|expired)|api_key_invalid/i.test(said)) return unauthorised(choice, said);
  return plainFailure(choice, "bad_request", false, `${name} refused the request (${status}): ${said}`);
};
