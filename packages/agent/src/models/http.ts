import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage, request } from "node:http";
import type { Agent as TlsAgent } from "node:https";

/*
 * One HTTP exchange with a streamed answer. Redirects are answers like any other (a key must not follow a `location`
 * that somebody else chose). Nothing here throws for what the network does: every end is a value.
 */

/** Milliseconds. `firstByteMs` runs from the connection to the answer's head, `idleMs` between two pieces of the body. */
export type HttpTimeouts = { readonly connectMs: number; readonly firstByteMs: number; readonly idleMs: number };

/** Why an exchange ended early. `connect`: nothing was sent yet; `stream`: the answer had begun. */
export type HttpFault =
  | { readonly kind: "aborted" }
  | { readonly kind: "timeout"; readonly phase: "connect" | "answer" | "stream"; readonly ms: number }
  | {
      readonly kind: "network";
      readonly phase: "connect" | "answer" | "stream";
      readonly code: string;
      readonly message: string;
    };

export type HttpOptions = {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeouts: HttpTimeouts;
  readonly signal: AbortSignal;
};

export type HttpResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /**
   * Hands over the body piece by piece; null at its regular end. When `onChunk` returns true the reader has what it
   * needs: the promise resolves at once and the rest is drained, so that the connection can be used again.
   */
  read(onChunk: (chunk: Buffer) => boolean): Promise<HttpFault | null>;
  /** The body as text, at most `maxBytes` of it and what came within `withinMs`; what came when it broke off. */
  text(maxBytes: number, withinMs?: number): Promise<string>;
  /** Changes the time-out between two pieces from now on. */
  setIdleTimeout(ms: number): void;
};

export type HttpResult =
  | { readonly ok: true; readonly response: HttpResponse }
  | { readonly ok: false; readonly fault: HttpFault };

/** Sends requests over connections that are kept open between them. */
export type Transport = { send(options: HttpOptions): Promise<HttpResult> };

type Requester = typeof request;
type Exchange = {
  readonly requester: Requester;
  readonly agent: Agent;
  readonly options: HttpOptions;
  readonly url: URL;
};

/** How long the rest of an answer may take to drain before its connection is given up. */
const drainMs = 1000;

/**
 * A transport of its own connections. The modules are fetched from the process: to import node:http reads all that it
 * exports, and one of those getters loads fetch and WebSocket, which costs 20 ms and 12 MB.
 */
export const createTransport = (): Transport => {
  const agentOptions = { keepAlive: true } as const;
  let plainAgent: Agent | undefined;
  let tlsAgent: TlsAgent | undefined;
  return {
    async send(options) {
      if (options.signal.aborted) return { ok: false, fault: { kind: "aborted" } };
      const url = URL.parse(options.url);
      if (url === null || !/^https?:$/.test(url.protocol)) {
        const message = `${options.url} is not an http(s) URL`;
        return { ok: false, fault: { kind: "network", phase: "connect", code: "ERR_INVALID_URL", message } };
      }
      if (url.protocol === "http:") {
        const http = process.getBuiltinModule("node:http");
        plainAgent ??= new http.Agent(agentOptions);
        return exchange({ requester: http.request, agent: plainAgent, options, url });
      }
      const https = process.getBuiltinModule("node:https");
      tlsAgent ??= new https.Agent(agentOptions);
      return exchange({ requester: https.request as Requester, agent: tlsAgent, options, url });
    },
  };
};

const networkFault = (error: unknown, phase: "connect" | "answer" | "stream"): HttpFault => {
  const known = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  // A host with several addresses fails with an AggregateError whose own message is empty.
  const first = known.errors?.[0];
  const message = known.message || first?.message || "connection failed";
  return { kind: "network", phase, code: known.code ?? first?.code ?? "UNKNOWN", message };
};

const exchange = ({ requester, agent, options, url }: Exchange): Promise<HttpResult> =>
  new Promise((resolve) => {
    const { timeouts, signal } = options;
    let phase: "connect" | "answer" = "connect";
    let timer: NodeJS.Timeout | undefined;
    const settle = (result: HttpResult): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(result);
    };
    const fail = (fault: HttpFault): void => {
      settle({ ok: false, fault });
      request.destroy();
    };
    const onAbort = (): void => fail({ kind: "aborted" });
    const arm = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => fail({ kind: "timeout", phase, ms }), ms);
    };
    const connected = (): void => {
      phase = "answer";
      arm(timeouts.firstByteMs);
    };
    const { body } = options;
    const headers: Record<string, string | number> = { ...options.headers };
    if (body !== undefined) headers["content-length"] = Buffer.byteLength(body);
    let request: ClientRequest;
    try {
      request = requester(url, { method: options.method, agent, headers });
    } catch (error) {
      // A header value with a line break, say. Its message names the header, never the value.
      return resolve({ ok: false, fault: networkFault(error, "connect") });
    }
    signal.addEventListener("abort", onAbort);
    arm(timeouts.connectMs);
    request.on("socket", (socket) => {
      if (request.reusedSocket || !socket.connecting) connected();
      else socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected);
    });
    request.on("error", (error) => settle({ ok: false, fault: networkFault(error, phase) }));
    request.on("response", (message) => {
      settle({ ok: true, response: createResponse(request, message, timeouts.idleMs, signal) });
    });
    request.end(body);
  });

const createResponse = (
  request: ClientRequest,
  message: IncomingMessage,
  initialIdleMs: number,
  signal: AbortSignal,
): HttpResponse => {
  let idleMs = initialIdleMs;
  let rearm = (): void => {};
  const read = (onChunk: (chunk: Buffer) => boolean): Promise<HttpFault | null> =>
    new Promise((resolve, reject) => {
      let settled = false;
      let timer: NodeJS.Timeout;
      const settle = (fault: HttpFault | null): void => {
        settled = true;
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        resolve(fault);
      };
      const fail = (fault: HttpFault): void => {
        if (settled) return;
        settle(fault);
        request.destroy();
      };
      const onAbort = (): void => fail({ kind: "aborted" });
      const arm = (): NodeJS.Timeout =>
        setTimeout(() => fail({ kind: "timeout", phase: "stream", ms: idleMs }), idleMs);
      timer = arm();
      rearm = () => {
        if (settled) return;
        clearTimeout(timer);
        timer = arm();
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort);
      message.on("data", (chunk: Buffer) => {
        if (settled) return;
        timer.refresh();
        try {
          if (!onChunk(chunk)) return;
        } catch (error) {
          // A bug of the listener's: rejecting first makes settle's own resolution void.
          reject(error as Error);
          settle(null);
          return void request.destroy();
        }
        settle(null);
        drain(request, message);
      });
      message.on("end", () => settle(null));
      message.on("error", (error) => fail(networkFault(error, "stream")));
      message.on("close", () => fail(networkFault(new Error("the connection closed early"), "stream")));
    });
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    read,
    async text(maxBytes, withinMs = Number.POSITIVE_INFINITY) {
      const begun = performance.now();
      const chunks: Buffer[] = [];
      let size = 0;
      await read((chunk) => {
        chunks.push(chunk);
        size += chunk.length;
        return size >= maxBytes || performance.now() - begun > withinMs;
      });
      return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
    },
    setIdleTimeout(ms) {
      idleMs = ms;
      rearm();
    },
  };
};

const drain = (request: ClientRequest, message: IncomingMessage): void => {
  const timer = setTimeout(() => request.destroy(), drainMs);
  timer.unref();
  message.once("close", () => clearTimeout(timer));
  message.resume();
};
