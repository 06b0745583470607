import { resolve } from "node:path";
import { RpcError, type RpcThreadOptions, rpcCodes, rpcNotices, rpcQuestions } from "@fettle/protocol";
import * as z from "zod/mini";
import { type Connection, connect, type ProgramOptions } from "./connection.ts";
import type { EventQueue } from "./event-stream.ts";
import { createThread, type Thread, type ThreadOptions, type ThreadPorts } from "./thread.ts";
import { specOf } from "./tool.ts";

/* One fettle program, and the threads that it runs for this process. */

export type Fettle = {
  startThread(options?: ThreadOptions): Promise<Thread>;
  /** By its id, or the first six or more characters of it. */
  resumeThread(id: string, options?: ThreadOptions): Promise<Thread>;
  /** Interrupts what runs and ends the program. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

type Held = { readonly options: ThreadOptions; queue: EventQueue | null };

const threadOptions = (options: ThreadOptions): RpcThreadOptions => {
  const { model, effort, autonomy, sandbox, addDirs, config, maxCost, maxTokens, tools, approve } = options;
  return {
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(autonomy === undefined ? {} : { autonomy }),
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(addDirs === undefined ? {} : { add_dirs: addDirs.map((path) => resolve(path)) }),
    ...(config === undefined ? {} : { config: [...config] }),
    ...(maxCost === undefined ? {} : { max_cost: maxCost }),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(tools === undefined ? {} : { tools: tools.map(specOf) }),
    approvals: approve !== undefined,
  };
};

const answerQuestion = async (held: Map<string, Held>, params: unknown): Promise<unknown> => {
  const { thread_id, question } = z.parse(rpcQuestions["approval/ask"].params, params);
  const answer = (await held.get(thread_id)?.options.approve?.(question)) ?? "no";
  return typeof answer === "string" ? { choice: answer } : answer;
};

const callTool = async (
  held: Map<string, Held>,
  running: Map<string, AbortController>,
  params: unknown,
): Promise<unknown> => {
  const { thread_id, call_id, name, arguments: args } = z.parse(rpcQuestions["tool/call"].params, params);
  const found = held.get(thread_id)?.options.tools?.find((tool) => tool.name === name);
  if (found === undefined) return { content: [], error: `there is no tool ${name}` };
  const controller = new AbortController();
  running.set(`${thread_id} ${call_id}`, controller);
  try {
    return await found.run(args, controller.signal);
  } catch (error) {
    return { content: [], error: error instanceof Error ? error.message : String(error) };
  } finally {
    running.delete(`${thread_id} ${call_id}`);
  }
};

const hear = (
  held: Map<string, Held>,
  running: Map<string, AbortController>,
  method: string,
  params: unknown,
): void => {
  if (method === "thread/event") {
    const parsed = z.safeParse(rpcNotices["thread/event"], params);
    if (parsed.success) held.get(parsed.data.thread_id)?.queue?.push(parsed.data.event);
  }
  if (method === "thread/note") {
    const parsed = z.safeParse(rpcNotices["thread/note"], params);
    if (parsed.success) held.get(parsed.data.thread_id)?.options.onNote?.(parsed.data.line);
  }
  if (method === "tool/cancel") {
    const parsed = z.safeParse(rpcNotices["tool/cancel"], params);
    if (parsed.success) running.get(`${parsed.data.thread_id} ${parsed.data.call_id}`)?.abort();
  }
};

/** Starts fettle with the first thread, once for all threads of the returned object. */
export const openFettle = (options: ProgramOptions = {}): Fettle => {
  const held = new Map<string, Held>();
  const running = new Map<string, AbortController>();
  let connection: Connection | null = null;

  const connected = (): Connection => {
    connection ??= connect(options, {
      async request(method, params) {
        if (method === "approval/ask") return answerQuestion(held, params);
        if (method === "tool/call") return callTool(held, running, params);
        throw new RpcError(rpcCodes.methodNotFound, `there is no method ${method}`);
      },
      notification: (method, params) => hear(held, running, method, params),
    });
    return connection;
  };

  const hold = (id: string, given: ThreadOptions): Thread => {
    held.set(id, { options: given, queue: null });
    const ports: ThreadPorts = {
      connection: connected(),
      listen(threadId, queue) {
        const thread = held.get(threadId);
        if (thread !== undefined) thread.queue = queue;
        return () => {
          if (thread?.queue === queue) thread.queue = null;
        };
      },
      reopen: (other) => resumeThread(other, given),
    };
    return createThread(id, ports);
  };

  const startThread = async (given: ThreadOptions = {}): Promise<Thread> => {
    const cwd = resolve(given.cwd ?? ".");
    const { thread_id } = await connected().request("thread/start", { ...threadOptions(given), cwd });
    return hold(thread_id, given);
  };
  const resumeThread = async (id: string, given: ThreadOptions = {}): Promise<Thread> => {
    const cwd = given.cwd === undefined ? {} : { cwd: resolve(given.cwd) };
    const { thread_id } = await connected().request("thread/resume", {
      ...threadOptions(given),
      ...cwd,
      thread_id: id,
    });
    return hold(thread_id, given);
  };
  const close = async (): Promise<void> => {
    await connection?.close();
  };
  return { startThread, resumeThread, close, [Symbol.asyncDispose]: close };
};
