import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { chatWire } from "./chat-wire.ts";
import { geminiWire } from "./gemini-wire.ts";
import { type Json, record, string } from "./json.ts";
import { messagesWire } from "./messages-wire.ts";
import { commonLength, estimateTokens, monotonicMs, promptText, type RequestRecord } from "./request-log.ts";
import { responsesWire } from "./responses-wire.ts";
import { type Scenario, type Step, scenarioNamed } from "./scenarios.ts";
import { findShellTool, shellArguments, smallestValue } from "./shell-tool.ts";
import type { Answer, Heard, Reply, Tool, Wire } from "./wire.ts";

/*
 * A model that answers from a script, at once, in four providers' ways of speaking, so that what is left on the clock is
 * the agent. An agent's base URL is http://127.0.0.1:PORT/run/<scenario>/<run id>; GET /log/<run id> gives the requests
 * of a run. As a program of its own it prints its address and serves until it is ended.
 */

const wires: readonly Wire[] = [responsesWire, chatWire, messagesWire, geminiWire];

type Run = {
  readonly scenario: Scenario;
  readonly requests: RequestRecord[];
  step: number;
  /** The last main answer was handed over whole, so the next main request is about the next step. */
  answered: boolean;
  faulted: boolean;
  pending: { id: string; expect: readonly string[] } | undefined;
  lastDoneAt: number | undefined;
  lastPrompt: string;
};

const createRun = (scenario: string): Run => ({
  scenario: scenarioNamed(scenario),
  requests: [],
  step: 0,
  answered: false,
  faulted: false,
  pending: undefined,
  lastDoneAt: undefined,
  lastPrompt: "",
});

const sendJson = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(value));
};

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Notes how a main request follows from the one before, and moves the script on. */
const follow = (run: Run, heard: Heard, entry: RequestRecord): number => {
  const prompt = promptText(heard);
  const common = commonLength(run.lastPrompt, prompt);
  if (run.lastPrompt !== "") entry.extendsLast = common === run.lastPrompt.length;
  run.lastPrompt = prompt;
  if (run.pending !== undefined) {
    const { id, expect } = run.pending;
    const text = (heard.results.find((result) => result.id === id) ?? heard.results.at(-1))?.text ?? "";
    entry.resultCharacters = text.length;
    // Some agents give the output inside JSON.
    const plain = text.replaceAll("\\n", "\n");
    entry.resultOk = expect.some((words) => plain.includes(words));
    run.pending = undefined;
  }
  if (run.answered) run.step++;
  run.answered = false;
  return common;
};

/** Calls `write` for 0…count-1 on a fixed schedule, whatever the timer's jitter. */
const paced = (count: number, perSecond: number, write: (index: number) => void): Promise<void> =>
  new Promise((resolve) => {
    const startedAt = monotonicMs();
    let next = 0;
    const tick = (): void => {
      const due = Math.min(count, Math.floor(((monotonicMs() - startedAt) * perSecond) / 1000) + 1);
      while (next < due) write(next++);
      if (next < count) setTimeout(tick, 1);
      else resolve();
    };
    tick();
  });

type Exchange = { run: Run; entry: RequestRecord; wire: Wire; reply: Reply; heard: Heard; response: ServerResponse };

const finish = ({ run, entry }: Exchange, whole: boolean): void => {
  entry.doneAt = monotonicMs();
  if (entry.kind !== "main") return;
  run.lastDoneAt = entry.doneAt;
  run.answered = whole;
};

const answerOf = ({ run, entry, reply, heard }: Exchange, step: Step, shell: Tool | undefined): Answer => {
  if (entry.kind === "side" || shell === undefined) {
    return { kind: "text", text: heard.schema ? JSON.stringify(smallestValue(heard.schema)) : "fine" };
  }
  if (step.kind !== "call") return { kind: "text", text: step.kind === "say" ? step.text : step.lastWords };
  const id = `call_${reply.id}`;
  run.pending = { id, expect: step.expect };
  return { kind: "call", id, tool: shell, arguments: shellArguments(shell, step.command) };
};

/** True when the scenario's fault was served instead of an answer. */
const serveFault = (exchange: Exchange): boolean => {
  const { run, entry, response, wire, reply } = exchange;
  const { fault } = run.scenario;
  if (fault === undefined || run.faulted || entry.kind !== "main") return false;
  run.faulted = true;
  if (fault.kind === "refuse") {
    entry.status = fault.status;
    finish(exchange, false);
    const error = {
      type: "rate_limit_error",
      code: "rate_limit_exceeded",
      message: "Too many requests, says the script.",
    };
    sendJson(response, fault.status, { error }, { "retry-after": String(fault.retryAfterS) });
    return true;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(wire.opening(reply) + wire.delta(reply, fault.text), () => {
    finish(exchange, false);
    response.socket?.destroy();
  });
  return true;
};

const serveAnswer = async (exchange: Exchange, shell: Tool | undefined): Promise<void> => {
  const { run, entry, response, wire, reply, heard } = exchange;
  const step = run.scenario.step(run.step);
  const answer = answerOf(exchange, step, shell);
  if (!heard.stream) {
    finish(exchange, true);
    sendJson(response, 200, wire.whole(reply, answer));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  let opening = wire.opening(reply);
  if (entry.kind === "main" && step.kind === "stream") {
    response.write(opening);
    opening = "";
    await paced(step.deltas, step.perSecond, (index) => response.write(wire.delta(reply, `piece${index % 100} `)));
  }
  const rest = opening + wire.closing(reply, answer);
  finish(exchange, true);
  response.end(rest);
};

const serveOther = (path: string, response: ServerResponse, entry: RequestRecord): void => {
  if (/count_?tokens$/i.test(path)) sendJson(response, 200, { input_tokens: 1000, totalTokens: 1000 });
  else if (path.endsWith("/models"))
    sendJson(response, 200, { object: "list", data: [{ id: "mock", object: "model" }] });
  else {
    entry.status = 404;
    sendJson(response, 404, { error: { message: `the scripted model does not serve ${path}` } });
  }
};

export type ModelServer = { readonly address: string; close(): void };

export const startModelServer = async (): Promise<ModelServer> => {
  const runs = new Map<string, Run>();
  let answers = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headAt = monotonicMs();
    request.socket.setNoDelay(true);
    const { pathname } = new URL(request.url ?? "/", "http://model");
    const [, asked] = /^\/log\/([^/]+)$/.exec(pathname) ?? [];
    if (asked !== undefined) return sendJson(response, 200, runs.get(asked)?.requests ?? []);
    const [, scenario = "hello", id = "stray", path = pathname] =
      /^\/run\/([^/]+)\/([^/]+)(\/.*)$/.exec(pathname) ?? [];
    const run = runs.get(id) ?? createRun(scenario);
    runs.set(id, run);

    const raw = await readBody(request);
    const bodyAt = monotonicMs();
    const entry: RequestRecord = { kind: "other", path, status: 200, headAt, bodyAt, bytes: raw.length };
    run.requests.push(entry);
    const wire = request.method === "POST" ? wires.find((candidate) => candidate.serves(path)) : undefined;
    if (wire === undefined) return serveOther(path, response, entry);

    const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString();
    const body: Json = record(JSON.parse(text));
    const heard = wire.hear(body, path);
    const shell = findShellTool(heard.tools);
    entry.kind = shell === undefined ? "side" : "main";
    entry.tools = heard.tools.length;
    entry.tokens = estimateTokens(promptText(heard));
    if (entry.kind === "main" && run.lastDoneAt !== undefined) entry.turnMs = bodyAt - run.lastDoneAt;
    const common = entry.kind === "main" ? follow(run, heard, entry) : 0;
    const reply: Reply = {
      id: `r${++answers}`,
      model: string(body.model) || "mock",
      promptTokens: entry.tokens,
      cachedTokens: Math.min(Math.ceil(common / 4), entry.tokens),
    };
    const exchange: Exchange = { run, entry, wire, reply, heard, response };
    if (!serveFault(exchange)) await serveAnswer(exchange, shell);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      console.error(`scripted model: ${request.url}: ${error instanceof Error ? error.stack : error}`);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: { message: String(error) } });
    });
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

if (process.argv[1] === import.meta.filename) console.log((await startModelServer()).address);
