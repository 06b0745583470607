import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { type Json, list, record, string, textOf } from "../model/json.ts";
import { estimateTokens, promptText } from "../model/request-log.ts";
import { responsesWire } from "../model/responses-wire.ts";
import { finalWords } from "../model/scenarios.ts";
import { findShellTool, shellArguments } from "../model/shell-tool.ts";
import type { Answer } from "../model/wire.ts";
import { createLedger, type Kind, type Ledger } from "./ledger.ts";

/** A model with a small window, for one run of one program. */
export type SmallModel = {
  readonly url: string;
  readonly ledger: Ledger;
  /** What was not as it must be: a result without what its command prints, or steps that were not asked for. */
  failures(): string[];
  close(): void;
};

/** Like what a model writes, but without the user's words: whether those stay is the program's doing. */
const summaryAt = (step: number): string =>
  [
    `## Progress\n- ${step} steps are done, every command ended well.`,
    ...Array.from({ length: 12 }, (_, at) => `- Part ${at + 1} as of step ${step}: looked at, nothing had to change.`),
    "## Next\n- The next step of the task.",
  ].join("\n");

/** What a step's result must have; the command itself has it not. */
const factOf = (step: number): string => `fact-${step * 7919}`;

/** 1 to 2 KB of output. */
const commandOf = (step: number): string =>
  `echo fact-$((${step} * 7919)); seq -f 'line %g of step ${step}, as long as lines of ordinary output tend to be' 1 ${16 + (step % 14)}`;

/** The last of the input is a question for a summary: each program's own. */
const asksForSummary = (body: Json): boolean => {
  const last = record(list(body.input).at(-1));
  return (
    last.type !== "function_call_output" && /replaced by a checkpoint|CHECKPOINT COMPACTION/.test(textOf(last.content))
  );
};

const readBody = async (request: IncomingMessage): Promise<Json> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  return record(JSON.parse((request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString()));
};

const refuse = (response: ServerResponse): void => {
  const error = { code: "context_length_exceeded", message: "Your input exceeds the context window of this model." };
  response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error }));
};

/** Serves `steps` commands to who asks with a shell tool, in at most `window` tokens of prompt. `words`: of the user. */
export const startSmallModel = async (steps: number, window: number, words: string): Promise<SmallModel> => {
  const ledger = createLedger();
  const failures: string[] = [];
  let step = 0;
  let answers = 0;
  let awaited: string | null = null;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "POST" || !responsesWire.serves(request.url ?? "")) {
      response.writeHead(404).end();
      return;
    }
    const body = await readBody(request);
    const heard = responsesWire.hear(body, request.url ?? "");
    const shell = findShellTool(heard.tools);
    const prompt = promptText(heard);
    const tokens = estimateTokens(prompt);
    const asked: Kind = shell === undefined || asksForSummary(body) ? "summary" : "work";
    // As JSON: the prompt is made of it.
    ledger.add(tokens > window ? "refused" : asked, prompt, prompt.includes(JSON.stringify(words).slice(1, -1)));
    // A summary may be asked for between a command and the next step, and the result be in that question, or a refused one, alone.
    if (awaited !== null && (heard.results.at(-1)?.text ?? "").includes(awaited)) awaited = null;
    if (tokens > window) return refuse(response);
    answers += 1;
    let answer: Answer = { kind: "text", text: summaryAt(step) };
    if (asked === "work" && shell !== undefined) {
      if (awaited !== null) failures.push(`step ${step}: its result is not there`);
      step += 1;
      if (step <= steps) {
        awaited = factOf(step);
        answer = { kind: "call", id: `call_${step}`, tool: shell, arguments: shellArguments(shell, commandOf(step)) };
      } else answer = { kind: "text", text: `All steps are finished. ${finalWords}` };
    }
    const reply = { id: `r${answers}`, model: string(body.model), promptTokens: tokens, cachedTokens: 0 };
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(responsesWire.opening(reply) + responsesWire.closing(reply, answer));
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      failures.push(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ledger,
    failures: () => (step > steps ? failures : [...failures, `it stopped after ${step} of ${steps} steps`]),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
