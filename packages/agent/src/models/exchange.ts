import * as z from "zod/mini";
import type { Model, ModelDelta, ModelFailure, ModelOutcome, ModelRequest } from "../model.ts";
import { failureOfAnswer, failureOfFault, type ProviderError, plainFailure } from "./failure.ts";
import type { HttpFault, HttpResponse, Transport } from "./http.ts";
import { endpoint, type RemoteChoice, requestHeaders } from "./provider.ts";
import { createSseParser } from "./sse.ts";

/* What the wires share: sending a request, reading its refusal, feeding its stream to a reader. */

const maxConnectMs = 15_000;
const maxErrorBytes = 64 * 1024;
/** Of an answer that is one document. */
export const maxDocumentBytes = 32 * 1024 * 1024;
/** Of one stream, with all that the wire wraps around the words. */
const maxStreamBytes = 256 * 1024 * 1024;
/** How long the end of a stream is awaited after its last meaningful event. */
const lingerMs = 1000;
/** The reason of a refusal is worth no more than this. */
const errorMs = 5000;
/** Signs of life without a word are believed for so many idle time-outs: a model may think for long. */
const quietIdles = 6;
const signsOfLife = new Set(["ping", "keepalive"]);

const scalar = z.nullish(z.union([z.string(), z.number()]));
const errorObject = z.object({
  message: z.nullish(z.string()),
  code: scalar,
  type: z.nullish(z.string()),
  status: scalar,
});
const errorBody = z.object({
  error: z.optional(z.union([z.string(), errorObject])),
  message: z.optional(z.string()),
  detail: z.optional(z.unknown()),
});

/** The error inside a parsed JSON value, in any of the shapes that servers use; undefined when there is none. */
export const errorIn = (value: unknown): ProviderError | undefined => {
  const parsed = errorBody.safeParse(value);
  if (!parsed.success) return undefined;
  const { error, message, detail } = parsed.data;
  if (typeof error === "string") return { message: error };
  if (error !== undefined) {
    const { code } = error;
    // Google's errors have a number as code and their word for it as status.
    const type = error.type ?? (typeof error.status === "string" ? error.status : undefined);
    return {
      message: error.message ?? "",
      ...(code === null || code === undefined ? {} : { code: String(code) }),
      ...(type === undefined ? {} : { type }),
    };
  }
  if (message !== undefined) return { message };
  if (detail !== undefined) return { message: typeof detail === "string" ? detail : JSON.stringify(detail) };
  return undefined;
};

const errorInText = (text: string): ProviderError => {
  try {
    const value: unknown = JSON.parse(text);
    return errorIn(Array.isArray(value) ? value[0] : value) ?? { message: text };
  } catch {
    // A proxy's HTML page says nothing that fits one line.
    return { message: /<\w+[^>]*>/.test(text) ? "" : text };
  }
};

/** What tells one wire from another. */
export type WireFormat = {
  readonly path: (choice: RemoteChoice) => string;
  /** Query parameters of the wire itself. */
  readonly query?: Readonly<Record<string, string>>;
  /** Optional parameters that a server may reject; the request is then sent again without them. */
  readonly optional: readonly string[];
  /** The request as JSON text, without what the server is known to reject. */
  readonly body: (request: ModelRequest, choice: RemoteChoice, rejected: ReadonlySet<string>) => string;
  /** A reader for one answer. */
  readonly reader: (choice: RemoteChoice, onDelta: (delta: ModelDelta) => void) => EventReader;
};

/** One way to talk to one provider; remembers across requests what the server does not understand. */
type Wire = {
  readonly format: WireFormat;
  readonly transport: Transport;
  readonly choice: RemoteChoice;
  readonly rejected: Set<string>;
  readonly contact: Contact;
};

/** Whether the provider has answered this process, by whatever way. */
export type Contact = { met: boolean };

type Opened =
  | { readonly ok: true; readonly response: HttpResponse }
  | {
      readonly ok: false;
      readonly failure: ModelFailure;
      /** The service's own words, when it answered. */
      readonly refusal?: { readonly status: number; readonly message: string };
    };

/** How a provider is reached. */
export type Line = Pick<Wire, "choice" | "transport" | "contact">;
type Post = { readonly url: string; readonly accept: string; readonly body: string };

/** Sends one request. What comes back is an answer to read, or why there is none. */
export const post = async (line: Line, { url, accept, body }: Post, signal: AbortSignal): Promise<Opened> => {
  const { choice, transport, contact } = line;
  const idleMs = choice.provider.streamIdleTimeoutMs;
  const result = await transport.send({
    method: "POST",
    url,
    headers: { ...requestHeaders(choice.provider, choice.key), accept },
    body,
    timeouts: { connectMs: Math.min(maxConnectMs, idleMs), firstByteMs: idleMs, idleMs },
    signal,
  });
  if (!result.ok) return { ok: false, failure: failureOfFault(result.fault, choice, contact.met) };
  const { response } = result;
  contact.met = true;
  if (response.status === 200) return { ok: true, response };
  response.setIdleTimeout(Math.min(idleMs, errorMs));
  const error = errorInText(await response.text(maxErrorBytes, errorMs));
  if (signal.aborted) return { ok: false, failure: failureOfFault({ kind: "aborted" }, choice) };
  const { status, headers } = response;
  const failure = failureOfAnswer({ status, headers, error }, choice, Date.now());
  return { ok: false, failure, refusal: { status, message: error.message } };
};

/** Sends the request, again without what the server rejected. Not a retry: each try differs. */
const openStream = async (wire: Wire, request: ModelRequest, signal: AbortSignal): Promise<Opened> => {
  const { choice, format } = wire;
  const url = endpoint(choice.provider, format.path(choice), format.query);
  let last: { readonly body: string; readonly opened: Opened } | undefined;
  for (;;) {
    const body = format.body(request, choice, wire.rejected);
    // What was rejected is no part of this request.
    if (last?.body === body) return last.opened;
    const opened = await post(wire, { url, accept: "text/event-stream", body }, signal);
    if (opened.ok || opened.refusal === undefined) return opened;
    const { status, message } = opened.refusal;
    if (status !== 400 && status !== 422) return opened;
    const rejected = format.optional.find((name) => !wire.rejected.has(name) && namesParameter(message, name));
    if (rejected === undefined) return opened;
    wire.rejected.add(rejected);
    last = { body, opened };
  }
};

/** Whether the message is about this parameter (`reasoning.summary` may be called `summary`). */
const namesParameter = (message: string, name: string): boolean => {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return new RegExp(`(?:^|[^\\w])${last}(?:$|[^\\w])`).test(message);
};

/** What a wire's reader of events tells: go on, enough is known, or it ends here. */
export type EventReader = {
  /** Called with the event's name and data; returns the outcome once it is final. */
  readonly onEvent: (name: string, data: string) => ModelOutcome | undefined;
  /** Called after each piece: the answer is whole, only trailing data (usage) may follow. */
  readonly isWhole?: () => boolean;
  /** The stream has ended without a final event. */
  readonly onEnd: () => ModelOutcome;
};

/** Feeds an answer's events to the reader until it has an outcome. Never throws for what the server sends. */
const readStream = async (response: HttpResponse, reader: EventReader, choice: RemoteChoice): Promise<ModelOutcome> => {
  const type = response.headers["content-type"] ?? "";
  if (/^(?:text\/html|application\/xhtml)/i.test(type)) {
    void response.text(1);
    const message = `${choice.provider.baseUrl} answered with a web page, not with a model's stream; check base_url`;
    return { type: "failed", failure: plainFailure(choice, "bad_response", false, message) };
  }
  const quietMs = quietIdles * choice.provider.streamIdleTimeoutMs;
  if (/^application\/json/i.test(type)) {
    // A server that does not stream answers with one document.
    return reader.onEvent("", await response.text(maxDocumentBytes, quietMs)) ?? reader.onEnd();
  }
  let outcome: ModelOutcome | undefined;
  let saidAt = performance.now();
  const parser = createSseParser((name, data) => {
    if (outcome !== undefined || isForeign(name, data)) return;
    if (!signsOfLife.has(name)) saidAt = performance.now();
    outcome = reader.onEvent(name, data);
  });
  let wholeAt: number | undefined;
  let size = 0;
  let stopped: "large" | "quiet" | undefined;
  const fault = await response.read((chunk) => {
    size += chunk.length;
    if (!parser.push(chunk) || size > maxStreamBytes) stopped = "large";
    else if (performance.now() - (wholeAt ?? saidAt) > (wholeAt === undefined ? quietMs : lingerMs)) stopped = "quiet";
    if (wholeAt === undefined && reader.isWhole?.()) {
      wholeAt = performance.now();
      response.setIdleTimeout(lingerMs);
    }
    return outcome !== undefined || stopped !== undefined;
  });
  if (outcome !== undefined) return outcome;
  if (stopped === "large") {
    const message = `${choice.provider.name} sent more than an answer can be`;
    return { type: "failed", failure: plainFailure(choice, "bad_response", false, message) };
  }
  const ended: HttpFault | null = stopped === undefined ? fault : { kind: "timeout", phase: "stream", ms: quietMs };
  if (ended !== null && (ended.kind === "aborted" || !reader.isWhole?.())) {
    return { type: "failed", failure: failureOfFault(ended, choice) };
  }
  if (ended === null) parser.end();
  return outcome ?? reader.onEnd();
};

/** An event of a proxy on the way: empty, or with a name and no JSON. The wires' own events are JSON, or `[DONE]`. */
const isForeign = (name: string, data: string): boolean =>
  /^\s*$/.test(data) || (name !== "" && name !== "error" && !/^\s*["{[\d]/.test(data));

/** `Model.stream` over this wire. */
export const createStream = (
  format: WireFormat,
  choice: RemoteChoice,
  transport: Transport,
  contact: Contact,
): Model["stream"] => {
  const wire: Wire = { format, transport, choice, rejected: new Set(), contact };
  return async (request, onDelta, signal) => {
    const opened = await openStream(wire, request, signal);
    if (!opened.ok) return { type: "failed", failure: opened.failure };
    return readStream(opened.response, format.reader(choice, onDelta), choice);
  };
};

/** JSON of one event, or the failure of a stream that is not what it should be. */
export const parseEvent = (
  data: string,
  choice: RemoteChoice,
): { ok: true; value: unknown } | { ok: false; outcome: ModelOutcome } => {
  try {
    // A byte order mark may stand before a whole document.
    return { ok: true, value: JSON.parse(data.charCodeAt(0) === 0xfeff ? data.slice(1) : data) };
  } catch {
    return { ok: false, outcome: malformed(choice, "an event that is not JSON") };
  }
};

/** Whether a text is whole JSON: what the output limit cut in two is not. */
export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** The server broke the protocol: the same request may go well the next time. */
export const malformed = (choice: RemoteChoice, what: string): ModelOutcome => ({
  type: "failed",
  failure: plainFailure(choice, "bad_response", true, `${choice.provider.name} sent ${what}`),
});
