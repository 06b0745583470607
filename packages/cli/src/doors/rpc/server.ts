import { statSync } from "node:fs";
import { type Approver, forkThread, readImage, readThread, removeUnused, type TurnInput } from "@fettle/agent";
import {
  addUsage,
  createRpcPeer,
  isPrinted,
  isTransient,
  noUsage,
  RpcError,
  type RpcMethod,
  type RpcParams,
  type RpcPeer,
  type RpcResult,
  type RpcThreadOptions,
  rpcCodes,
  rpcMethods,
  rpcQuestions,
  rpcVersion,
  type TurnOutcome,
} from "@fettle/protocol";
import * as z from "zod/mini";
import { version } from "../../entry/program-files.ts";
import { createServerPool, type ServerPool } from "../../mcp-pool.ts";
import type { RunOptions } from "../../run-setup.ts";
import { parseParams, rpcErrorOf } from "../params.ts";
import { createSession, newThread, type Session, type SessionTurn } from "../session.ts";
import type { Served } from "../stdio.ts";
import { customTools } from "./custom-tools.ts";

/* `fettle rpc`: threads for a program, by the schemas of the protocol's rpc.ts. */

type Door = {
  readonly home: string;
  readonly sessions: Map<string, Session>;
  readonly peer: RpcPeer;
  readonly servers: ServerPool;
};

type Methods = { readonly [M in RpcMethod]: (door: Door, params: RpcParams<M>) => Promise<RpcResult<M>> };

const folder = (path: string, name: string): string => {
  if (path.startsWith("/") && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path;
  throw new RpcError(rpcCodes.invalidParams, `${name}: ${path} is not the absolute path of a folder`);
};

const runOptions = (cwd: string, given: RpcThreadOptions): RunOptions => {
  const { model, effort, sandbox, add_dirs = [], config = [], max_cost, max_tokens } = given;
  return {
    cwd: folder(cwd, "cwd"),
    addDirs: add_dirs.map((path) => folder(path, "add_dirs")),
    overrides: config,
    maxCost: max_cost,
    maxTokens: max_tokens,
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(sandbox === undefined ? {} : { sandbox }),
  };
};

const approverFor =
  (peer: RpcPeer, thread_id: string): Approver =>
  async (question) => {
    const said = await peer.request("approval/ask", { thread_id, question });
    const { choice, message, proposal } = z.parse(rpcQuestions["approval/ask"].result, said);
    return {
      choice,
      by: "program",
      ...(message === undefined ? {} : { message }),
      ...(proposal === undefined ? {} : { proposal }),
    };
  };

const begin = (door: Door, id: string, options: RunOptions, given: RpcThreadOptions): { thread_id: string } => {
  const { home, peer, servers } = door;
  if (door.sessions.get(id)?.busy() === true)
    throw new RpcError(rpcCodes.invalidRequest, "a turn of this thread is running");
  const session = createSession({
    home,
    id,
    options,
    approver: given.approvals === true ? approverFor(peer, id) : null,
    tools: customTools(id, given.tools ?? [], peer),
    openServers: servers.open,
    onEvent(event) {
      if (isPrinted(event) || isTransient(event)) peer.notify("thread/event", { thread_id: id, event });
    },
    note: (line) => peer.notify("thread/note", { thread_id: id, line }),
  });
  if (given.autonomy !== undefined) session.setAutonomy(given.autonomy);
  door.sessions.set(id, session);
  return { thread_id: id };
};

const sessionOf = (door: Door, id: string): Session => {
  const session = door.sessions.get(id);
  if (session !== undefined) return session;
  throw new RpcError(rpcCodes.notFound, `thread ${JSON.stringify(id)} was neither started nor resumed here`);
};

const inputOf = (params: RpcParams<"turn/run">): TurnInput => {
  const { text, images = [], checks = [], output_schema } = params;
  if (text.trim() === "") throw new RpcError(rpcCodes.invalidParams, "text: the prompt is empty");
  for (const path of images) {
    const image = readImage(path, { base: "/" });
    if (!image.ok) throw new RpcError(rpcCodes.invalidParams, `images: ${image.message}`);
  }
  return { text, images, checks, ...(output_schema === undefined ? {} : { outputSchema: output_schema }) };
};

const problemOf = async (answer: string, schema: TurnInput["outputSchema"]): Promise<string | null> =>
  schema === undefined ? null : (await import("../../commands/answer-schema.ts")).answerProblem(answer, schema);

const outcomeOf = async ({ result, cost }: SessionTurn, input: TurnInput): Promise<TurnOutcome> => {
  const { end, tree } = result;
  const failure = end.type === "failed" ? end.failure : null;
  const problem = failure === null ? await problemOf(result.lastMessage, input.outputSchema) : null;
  return {
    status: failure === null ? "completed" : failure.code === "interrupted" ? "interrupted" : "failed",
    text: result.lastMessage,
    ...(failure === null ? {} : { error: { code: failure.code, message: failure.message } }),
    ...(problem === null ? {} : { schema_problem: problem }),
    usage: result.usage,
    thread_usage: [...result.threadUsage.values()].reduce(addUsage, noUsage()),
    cost,
    ...(tree === null ? {} : { tree }),
    evidence: [...result.evidence],
    checks_passed: result.checksPassed,
    changed_files: result.changedFiles,
  };
};

const methods: Methods = {
  async initialize(_, params) {
    if (params.version !== rpcVersion)
      throw new RpcError(rpcCodes.invalidParams, `this fettle speaks version ${rpcVersion}, not ${params.version}`);
    return { version: rpcVersion, fettle: version };
  },
  async "thread/start"(door, params) {
    const options = runOptions(params.cwd, params);
    const { id } = newThread(door.home);
    return begin(door, id, options, params);
  },
  async "thread/resume"(door, params) {
    const read = readThread(door.home, params.thread_id);
    if (!read.ok) throw new RpcError(rpcCodes.notFound, read.message);
    const began = read.events.find((event) => event.type === "thread.started")?.cwd;
    const cwd = params.cwd ?? began;
    if (cwd === undefined) throw new RpcError(rpcCodes.invalidParams, "cwd: the thread does not say where it began");
    return begin(door, read.id, runOptions(cwd, params), params);
  },
  async "thread/fork"(door, { thread_id, turn }) {
    const made = forkThread(door.home, thread_id, turn);
    if (!made.ok) throw new RpcError(rpcCodes.invalidParams, made.message);
    return { thread_id: made.id, from: made.from, turn: made.turn };
  },
  async "thread/autonomy"(door, { thread_id, level }) {
    sessionOf(door, thread_id).setAutonomy(level);
    return {};
  },
  async "turn/run"(door, params) {
    const session = sessionOf(door, params.thread_id);
    const input = inputOf(params);
    const turn = await session.run(input);
    if (turn === null) throw new RpcError(rpcCodes.invalidRequest, "fettle is ending");
    return outcomeOf(turn, input);
  },
  async "turn/steer"(door, { thread_id, text, queue }) {
    sessionOf(door, thread_id).leave(text, queue === true ? "turn" : "call");
    return {};
  },
  async "turn/interrupt"(door, { thread_id }) {
    await sessionOf(door, thread_id).interrupt();
    return {};
  },
};

const isMethod = (name: string): name is RpcMethod => Object.hasOwn(methods, name);

const serve = <M extends RpcMethod>(door: Door, method: M, params: unknown): Promise<RpcResult<M>> => {
  // The compiler does not see that two tables are looked up by the same key.
  const schema = rpcMethods[method].params as unknown as z.ZodMiniType<RpcParams<M>>;
  return methods[method](door, parseParams(schema, params));
};

/** Serves one program. `send` gets the lines for it. */
export const serveRpc = (home: string, send: (line: string) => void): Served => {
  const peer: RpcPeer = createRpcPeer(send, {
    async request(method, params) {
      if (!isMethod(method)) throw new RpcError(rpcCodes.methodNotFound, `there is no method ${method}`);
      try {
        return await serve(door, method, params);
      } catch (error) {
        throw rpcErrorOf(error);
      }
    },
    notification() {},
  });
  const door: Door = { home, sessions: new Map(), peer, servers: createServerPool() };
  return {
    receive: peer.receive,
    async close() {
      await Promise.all([...door.sessions.values()].map((session) => session.close()));
      for (const id of door.sessions.keys()) removeUnused(home, id);
      await door.servers.close();
      await peer.close("the connection is closed");
    },
  };
};
