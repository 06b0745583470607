import { spawn } from "node:child_process";
import { Socket } from "node:net";
import {
  createRpcPeer,
  type RpcHandlers,
  type RpcMethod,
  type RpcParams,
  type RpcPeer,
  type RpcResult,
  rpcMethods,
  rpcVersion,
} from "@fettle/protocol";
import * as z from "zod/mini";

/* The process that does the work, and the two ways of asking. */

export type ProgramOptions = {
  /** The program, or a list of it and its first arguments. Default: FETTLE_PROGRAM, else `fettle` on the PATH. */
  readonly program?: string | readonly string[];
  /** Its environment. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Gets what it writes to standard error. */
  readonly onStderr?: (text: string) => void;
};

export type Connection = {
  request<M extends RpcMethod>(method: M, params: RpcParams<M>): Promise<RpcResult<M>>;
  /** Ends the program with all that runs in it; resolves when it is gone. */
  close(): Promise<void>;
};

/** The program could not be used, or said no. `code` is that of JSON-RPC where there is one, or the failed turn's. */
export class FettleError extends Error {
  override readonly name = "FettleError";
  readonly code: number | string | undefined;
  constructor(message: string, options: { code?: number | string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = options.code;
  }
}

const commandOf = ({ program, env = process.env }: ProgramOptions): [string, ...string[]] => {
  const given = program ?? env.FETTLE_PROGRAM ?? "fettle";
  const [command, ...args] = typeof given === "string" ? [given] : given;
  if (command === undefined || command === "") throw new FettleError("program: it must name a program");
  return [command, ...args, "rpc"];
};

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

const asFettleError = (error: unknown): FettleError => {
  const { message, code } = error as { message?: unknown; code?: unknown };
  return new FettleError(typeof message === "string" ? message : String(error), {
    ...(typeof code === "number" ? { code } : {}),
    cause: error,
  });
};

/** Starts the program. What is wrong with it is told by the first request. */
export const connect = (options: ProgramOptions, handlers: RpcHandlers): Connection => {
  const [command, ...args] = commandOf(options);
  const child = spawn(command, args, { env: options.env ?? process.env, stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  const peer: RpcPeer = createRpcPeer((line) => child.stdin.write(line), handlers);
  let isClosed = false;
  const gone = new Promise<void>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "ENOENT" ? "there is no such program; install fettle, or name it by `program`" : error.message;
      void peer.close(`${command} cannot be started: ${why}`);
      resolve();
    });
    child.on("close", (code, signal) => {
      const how = signal === null ? `exit ${code}` : signal;
      const last = stderr.trim() === "" ? "" : `: ${lastLine(stderr)}`;
      void peer.close(isClosed ? "it is closed; openFettle begins anew" : `${command} ended (${how})${last}`);
      resolve();
    });
  });
  child.stdout.setEncoding("utf8").on("data", (piece: string) => peer.receive(piece));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = `${stderr}${text}`.slice(-4000);
    options.onStderr?.(text);
  });
  // A program that is gone is told by its end.
  child.stdin.on("error", () => {});

  // A process that has nothing else to do may end while fettle waits for its next request; fettle then ends too.
  let pending = 0;
  const hold = (change: 1 | -1): void => {
    pending += change;
    for (const stream of [child, child.stdin, child.stdout, child.stderr])
      if (stream === child || stream instanceof Socket) pending > 0 ? stream.ref() : stream.unref();
  };

  const ask = async (method: RpcMethod, params: unknown): Promise<unknown> => {
    hold(1);
    try {
      return z.parse(rpcMethods[method].result, await peer.request(method, params));
    } catch (error) {
      throw asFettleError(error);
    } finally {
      hold(-1);
    }
  };
  const greeted = ask("initialize", { version: rpcVersion });
  greeted.catch(() => {});
  return {
    async request<M extends RpcMethod>(method: M, params: RpcParams<M>) {
      await greeted;
      // The schema of this very method has looked at it.
      return (await ask(method, params)) as RpcResult<M>;
    },
    async close() {
      hold(1);
      isClosed = true;
      child.stdin.end();
      await gone;
    },
  };
};
