import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { writeAnthropic } from "./scripted-anthropic.ts";
import { writeGemini } from "./scripted-gemini.ts";
import type { ScriptedAnswer, ScriptedFault, ScriptedRequest, ScriptedStep } from "./scripted-steps.ts";
import { type WireWriter, type WrittenStep, writeChat, writeCompaction, writeResponses } from "./scripted-wires.ts";

/*
 * A model server on loopback that answers from a script: real HTTP, the wires of Responses, Chat Completions, Anthropic and Gemini, one step
 * of the script for each POST, in order. Everything it was asked is kept for assertions.
 *
 *   const server = await startScriptedModel({ steps: [{ calls: [{ name: "shell", arguments: { command: "ls" } }] }, { text: "done" }] });
 *   … point a provider at server.baseUrl …
 *   server.requests[1]?.body
 *   await server.close();
 *
 * As a program, for tests that start fettle itself:
 *
 *   node scripted-model.ts --script steps.json [--port 0]
 *
 * The file holds an array of steps. It prints {"url","baseUrl","pid"} as one line when it listens and runs until it is
 * ended; GET /__requests gives what it was asked, as JSON.
 */

export type ScriptedModel = {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `url` with `/v1`, as a provider's base URL. */
  readonly baseUrl: string;
  /** The POSTs, in order of arrival. */
  readonly requests: readonly ScriptedRequest[];
  /** Steps not served yet. */
  remaining(): number;
  push(...steps: ScriptedAnswer[]): void;
  /** Resolves once `count` POSTs have arrived whole. */
  requested(count: number): Promise<void>;
  /** Resolves once `count` clients have gone away before their answer was complete. */
  abandoned(count: number): Promise<void>;
  close(): Promise<void>;
};

/** True when `next` is the request `previous` with entries added at the end of its last list, all other bytes equal. */
export const isExtension = (previous: string, next: string): boolean => {
  if (!previous.endsWith("]}") || !next.endsWith("]}")) return false;
  const kept = previous.slice(0, -2);
  if (next.length <= previous.length || !next.startsWith(kept)) return false;
  return kept.endsWith("[") || next[kept.length] === ",";
};

/** A base URL on loopback where nothing listens. */
export const refusedBaseUrl = async (): Promise<string> => {
  const server = await startScriptedModel({ steps: [] });
  await server.close();
  return server.baseUrl;
};

const writers: readonly (readonly [pathEnd: string, WireWriter])[] = [
  ["/responses", writeResponses],
  ["/responses/compact", writeCompaction],
  ["/chat/completions", writeChat],
  ["/messages", writeAnthropic],
  [":streamGenerateContent", writeGemini],
];

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
};

const sendJson = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void => {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
};

/** Faults that come instead of the end of a stream. True: this was one. */
const breakStream = (response: ServerResponse, fault: ScriptedFault | undefined, written: WrittenStep): boolean => {
  switch (fault?.type) {
    case "cut":
      // Only after the text has left, so that the client has it.
      response.write(": about to be cut\n\n", () => response.socket?.destroy());
      return true;
    case "end":
      response.end();
      return true;
    case "malformed":
      response.end(`data: ${fault.data ?? '{"type":'}\n\n`);
      return true;
    case "error":
      response.end(written.error(fault.message, fault.code));
      return true;
    case "keepalive": {
      const timer = setInterval(() => response.write(": still here\n\n"), fault.everyMs);
      response.on("close", () => clearInterval(timer));
      return true;
    }
    case "hang":
      return true;
    default:
      return false;
  }
};

const serveStep = (step: ScriptedStep, written: WrittenStep, response: ServerResponse): void => {
  const { fault } = step;
  if (fault?.type === "silent") return;
  if (fault?.type === "reset") {
    response.socket?.destroy();
    return;
  }
  if (fault?.type === "bytes") {
    response.socket?.end(fault.data);
    return;
  }
  if (fault?.type === "half_status") {
    response.writeHead(fault.status, { "content-type": "application/json" }).write('{"error":');
    return;
  }
  if (fault?.type === "status") {
    const body = fault.body ?? { error: { message: `scripted status ${fault.status}` } };
    sendJson(response, fault.status, body, { ...fault.headers });
    return;
  }
  const { type = "text/event-stream" } = written;
  response.writeHead(200, { "content-type": type, "cache-control": "no-cache" });
  const whole = step.raw ?? step.rewrite?.([...written.begin, ...written.end]);
  if (whole !== undefined) {
    for (const piece of whole) response.write(piece);
    if (!breakStream(response, fault, written)) response.end();
    return;
  }
  for (const piece of written.begin) response.write(piece);
  if (!breakStream(response, fault, written)) response.end(written.end.join(""));
};

type Waiter = { readonly count: number; readonly resolve: () => void };
/** A number that can be waited for. */
const createCounter = () => {
  let value = 0;
  let waiters: Waiter[] = [];
  return {
    increase(): void {
      value++;
      for (const waiter of waiters) if (waiter.count <= value) waiter.resolve();
      waiters = waiters.filter((waiter) => waiter.count > value);
    },
    reached: (count: number): Promise<void> =>
      value >= count ? Promise.resolve() : new Promise((resolve) => waiters.push({ count, resolve })),
  };
};

export const startScriptedModel = async (options: {
  steps: readonly ScriptedAnswer[];
  port?: number;
  /** The address to listen at; loopback unless told otherwise. */
  host?: string;
  /** What GET /v1/models lists. */
  models?: readonly string[];
}): Promise<ScriptedModel> => {
  const steps = [...options.steps];
  const requests: ScriptedRequest[] = [];
  const arrived = createCounter();
  const gone = createCounter();
  let serial = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? "/";
    if (request.method === "GET" && path === "/__requests") return sendJson(response, 200, requests);
    if (request.method === "GET" && path.split("?")[0]?.endsWith("/models")) {
      const names = options.models ?? ["scripted"];
      // Google's list looks another way; its client is known by its key's header.
      if (request.headers["x-goog-api-key"] !== undefined) {
        const models = names.map((name) => ({
          name: `models/${name}`,
          supportedGenerationMethods: [name.includes("embedding") ? "embedContent" : "generateContent"],
        }));
        return sendJson(response, 200, { models });
      }
      return sendJson(response, 200, { object: "list", data: names.map((id) => ({ id, object: "model" })) });
    }
    const body = await readBody(request);
    const { method = "", headers } = request;
    const asked: ScriptedRequest = { method, path, headers, body, port: request.socket.remotePort ?? 0 };
    requests.push(asked);
    arrived.increase();
    response.on("close", () => {
      if (!response.writableFinished) gone.increase();
    });
    const route = path.split("?")[0] ?? "";
    const writer = writers.find(([end]) => route.endsWith(end))?.[1] ?? null;
    if (writer === null) return sendJson(response, 404, { error: { message: `no route ${path}` } });
    const next = steps.shift();
    if (next === undefined) return sendJson(response, 400, { error: { message: "the script has no more steps" } });
    const step = typeof next === "function" ? next(asked) : next;
    serial++;
    const { model } = JSON.parse(body) as { model?: string };
    // Gemini's model stands in the path.
    const inPath = /\/models\/([^:]+):/.exec(route)?.[1] ?? "";
    serveStep(step, writer(step, model ?? decodeURIComponent(inPath), serial, body), response);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: { message: String(error) } });
    });
  });
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, host, resolve));
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    baseUrl: `${url}/v1`,
    requests,
    remaining: () => steps.length,
    push: (...more) => void steps.push(...more),
    requested: arrived.reached,
    abandoned: gone.reached,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

if (import.meta.main) {
  const { values } = parseArgs({ options: { script: { type: "string" }, port: { type: "string", default: "0" } } });
  if (values.script === undefined) throw new Error("usage: scripted-model.ts --script steps.json [--port 0]");
  const steps = JSON.parse(readFileSync(values.script, "utf8")) as ScriptedStep[];
  const server = await startScriptedModel({ steps, port: Number(values.port) });
  console.log(JSON.stringify({ url: server.url, baseUrl: server.baseUrl, pid: process.pid }));
}
