import * as z from "zod/mini";

/*
 * JSON-RPC 2.0 in lines: one JSON object a line, in both directions, over any two streams of text. Both sides may ask.
 * No I/O here: whoever has the streams gives the pieces in and takes the lines out.
 */

/** The standard's codes, and those above -32100 for what only we can say. */
export const rpcCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  notFound: -32002,
} as const;

/** An answer to a request that is none. `data` may say more for programs. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

const rpcId = z.union([z.string(), z.number(), z.null()]);
const rpcMessage = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.optional(rpcId),
  method: z.optional(z.string()),
  params: z.optional(z.unknown()),
  result: z.optional(z.unknown()),
  error: z.optional(z.object({ code: z.number(), message: z.string(), data: z.optional(z.unknown()) })),
});
type RpcId = z.infer<typeof rpcId>;
type RpcMessage = z.infer<typeof rpcMessage>;

export type RpcHandlers = {
  /** Answers the other side. An `RpcError` is told as it is, anything else as an internal error with its message. */
  request(method: string, params: unknown): Promise<unknown>;
  notification(method: string, params: unknown): void;
};

export type RpcPeer = {
  /** Takes a piece of what the other side wrote; lines may be cut anywhere. */
  receive(piece: string): void;
  /** Asks the other side. Rejects with its `RpcError`, or when it is gone. */
  request(method: string, params: unknown): Promise<unknown>;
  notify(method: string, params: unknown): void;
  /** Nothing more is asked of the other side, what was is rejected with these words; resolves when it has its answers. */
  close(why: string): Promise<void>;
};

/** A picture of ten megabytes as base64, with room. What is longer is not kept in memory. */
const mostCharacters = 64 * 1024 * 1024;

/** Cuts text into lines; `tooLong` is called once for a line that is not kept. */
const createLines = (take: (line: string) => void, tooLong: () => void): ((piece: string) => void) => {
  let pieces: string[] = [];
  let length = 0;
  let dropping = false;
  const add = (piece: string): void => {
    length += piece.length;
    if (length <= mostCharacters) {
      pieces.push(piece);
    } else if (!dropping) {
      dropping = true;
      pieces = [];
      tooLong();
    }
  };
  return (piece) => {
    let start = 0;
    for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", start)) {
      add(piece.slice(start, end));
      const line = pieces.join("").trim();
      pieces = [];
      length = 0;
      if (!dropping && line !== "") take(line);
      dropping = false;
      start = end + 1;
    }
    if (start < piece.length) add(piece.slice(start));
  };
};

const parseLine = (line: string): RpcMessage | RpcError => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return new RpcError(rpcCodes.parse, "the line is not JSON");
  }
  const parsed = rpcMessage.safeParse(value);
  return parsed.success
    ? parsed.data
    : new RpcError(rpcCodes.invalidRequest, "the line is no JSON-RPC 2.0 message (one object a line, no batches)");
};

const errorOf = (error: unknown): { code: number; message: string; data?: unknown } => {
  if (!(error instanceof RpcError))
    return { code: rpcCodes.internal, message: error instanceof Error ? error.message : String(error) };
  const { code, message, data } = error;
  return data === undefined ? { code, message } : { code, message, data };
};

/** Half of a character pair is no JSON to many readers: one cut text would end the connection. */
const wellFormed = (_: string, value: unknown): unknown =>
  typeof value === "string" && !value.isWellFormed() ? value.toWellFormed() : value;

/** One side of a connection. `send` gets each message as a line with its newline. */
export const createRpcPeer = (send: (line: string) => void, handlers: RpcHandlers): RpcPeer => {
  const waiting = new Map<RpcId, { resolve(value: unknown): void; reject(error: Error): void }>();
  let nextId = 0;
  let gone: string | null = null;
  const answering = new Set<Promise<void>>();

  const write = (message: Record<string, unknown>): void =>
    send(`${JSON.stringify({ jsonrpc: "2.0", ...message }, wellFormed)}\n`);
  const answer = async (id: RpcId, method: string, params: unknown): Promise<void> => {
    try {
      write({ id, result: (await handlers.request(method, params)) ?? null });
    } catch (error) {
      write({ id, error: errorOf(error) });
    }
  };
  const begin = (answered: Promise<void>): void => {
    answering.add(answered);
    void answered.finally(() => answering.delete(answered));
  };
  const settle = (id: RpcId, message: RpcMessage): void => {
    const asked = waiting.get(id);
    waiting.delete(id);
    const { error } = message;
    if (error === undefined) asked?.resolve(message.result);
    else asked?.reject(new RpcError(error.code, error.message, error.data));
  };
  const take = (line: string): void => {
    const message = parseLine(line);
    if (message instanceof RpcError) write({ id: null, error: errorOf(message) });
    else if (message.method === undefined) settle(message.id ?? null, message);
    else if (message.id === undefined) handlers.notification(message.method, message.params);
    else begin(answer(message.id, message.method, message.params));
  };
  const tooLong = (): void =>
    write({ id: null, error: errorOf(new RpcError(rpcCodes.invalidRequest, "the line is longer than 64 MB")) });

  return {
    receive: createLines(take, tooLong),
    request(method, params) {
      if (gone !== null) return Promise.reject(new Error(gone));
      const id = nextId++;
      // Programs on Node 20 use this too, which has no `Promise.withResolvers`.
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        write({ id, method, params });
      });
    },
    notify: (method, params) => write({ method, params }),
    async close(why) {
      gone ??= why;
      for (const { reject } of waiting.values()) reject(new Error(gone));
      waiting.clear();
      while (answering.size > 0) await Promise.all(answering);
    },
  };
};
