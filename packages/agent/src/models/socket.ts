import type { ClientRequest, request as Requester } from "node:http";
import type { Duplex } from "node:stream";
import { createFrameParser, encodeFrame, opcodes } from "./socket-frames.ts";

/*
 * A WebSocket client over node:http. The one that Node brings cannot be left open at the end of a program: it would keep
 * the process alive.
 */

export type SocketListener = {
  readonly onText: (text: string) => void;
  /** The connection is gone; nothing comes after it. */
  readonly onEnd: (why: string) => void;
};

export type Socket = {
  isOpen(): boolean;
  send(text: string): void;
  /** Who hears what comes from now on. With null nobody does, and the connection no longer keeps the process alive. */
  listen(listener: SocketListener | null): void;
  close(): void;
};

export type SocketOptions = {
  /** http(s); the upgrade is asked for there. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For the connection and the upgrade together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** From the RFC: what the server adds to our key to show that it understood. */
const acceptance = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const wrap = (stream: Duplex & { ref?(): void; unref?(): void }, head: Buffer): Socket => {
  const { randomBytes } = process.getBuiltinModule("node:crypto");
  let listener: SocketListener | null = null;
  let open = true;
  const end = (why: string): void => {
    if (!open) return;
    open = false;
    stream.destroy();
    listener?.onEnd(why);
  };
  const write = (opcode: number, payload: Buffer): void => {
    if (open) stream.write(encodeFrame(opcode, payload, randomBytes(4)));
  };
  const parser = createFrameParser({
    onText: (text) => listener?.onText(text),
    onPing: (payload) => write(opcodes.pong, payload),
    onClose: () => end("it was closed"),
  });
  const take = (chunk: Buffer): void => {
    const fault = parser.push(chunk);
    if (fault !== null) end(`${fault} was sent`);
  };
  stream.on("data", take);
  stream.on("end", () => end("it was closed"));
  stream.on("error", (error) => end(error.message));
  stream.on("close", () => end("it was closed"));
  if (head.length > 0) take(head);
  stream.unref?.();
  return {
    isOpen: () => open,
    send: (text) => write(opcodes.text, Buffer.from(text, "utf8")),
    listen(next) {
      listener = next;
      if (next === null) stream.unref?.();
      else stream.ref?.();
    },
    close() {
      listener = null;
      write(opcodes.close, Buffer.alloc(0));
      end("");
    },
  };
};

/** A connection, or null where there is none to be had in time, whatever the reason. */
export const connectSocket = ({ url, headers, timeoutMs, signal }: SocketOptions): Promise<Socket | null> =>
  new Promise((resolve) => {
    const secure = url.startsWith("https:");
    const { request } = secure ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
    const { createHash, randomBytes } = process.getBuiltinModule("node:crypto");
    const key = randomBytes(16).toString("base64");
    const expected = createHash("sha1").update(`${key}${acceptance}`).digest("base64");
    let upgrade: ClientRequest | undefined;
    const settle = (socket: Socket | null): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", fail);
      if (socket === null) upgrade?.destroy();
      resolve(socket);
    };
    const fail = (): void => settle(null);
    const timer = setTimeout(fail, timeoutMs);
    if (signal.aborted) return fail();
    signal.addEventListener("abort", fail);
    const asked = {
      ...headers,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": key,
    };
    try {
      upgrade = (request as typeof Requester)(url, { agent: false, headers: asked });
    } catch {
      // A header value with a line break, say: over HTTP it is told in words.
      return fail();
    }
    upgrade.on("error", fail);
    upgrade.on("response", fail);
    upgrade.on("upgrade", (answer, stream, head) => {
      if (answer.headers["sec-websocket-accept"] !== expected) {
        stream.destroy();
        return fail();
      }
      settle(wrap(stream, head));
    });
    upgrade.end();
  });
