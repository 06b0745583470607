import type { Server as HttpServer, IncomingMessage } from "node:http";
import { type Server, Socket } from "node:net";
import { dial, finish, idleMs, join, take } from "./connection.ts";
import { type Gate, refusalText } from "./gate.ts";
import { authorityText, readAuthority } from "./host-name.ts";
import { forward, isOnlyChunked, mostHeaderBytes, respond } from "./http-forward.ts";
import type { NetworkRequest } from "./network-ports.ts";
import { serveSocks } from "./socks.ts";

/** Serves HTTP requests in absolute form, CONNECT and SOCKS 5 on one socket; what is asked for is the gate's to decide. */
export type Proxy = {
  /** Takes the connections of a listening socket from now on. */
  serve(server: Server): void;
  /** After a change of policy: breaks off what it now refuses. */
  recheck(): void;
  close(): void;
};

const mostConnections = 256;
const firstBytesMs = 60_000;
const socksVersion = 5;

type Live = Map<Socket, NetworkRequest | null>;

const headOf = (status: number, reason: string, text: string): string => {
  const mark = status === 403 ? "x-fettle-refused: network-policy\r\n" : "";
  const length = `content-length: ${Buffer.byteLength(text)}`;
  return `HTTP/1.1 ${status} ${reason}\r\ncontent-type: text/plain; charset=utf-8\r\n${mark}${length}\r\nconnection: close\r\n\r\n${text}`;
};

const unreadable = headOf(400, "Bad Request", "fettle: the proxy cannot read this request.\n");

/** Opens the tunnel that a CONNECT asks for. Never rejects. */
const openTunnel = async (
  target: string,
  socket: Socket,
  gate: Gate,
  remember: (request: NetworkRequest) => void,
): Promise<void> => {
  const at = readAuthority(target, null);
  if (at === null) return finish(socket, headOf(400, "Bad Request", "fettle: CONNECT takes host:port.\n"));
  const request: NetworkRequest = { ...at, protocol: "connect", method: null };
  remember(request);
  const admission = await gate.admit(request);
  if (!admission.ok) {
    const refused = admission.kind === "refused";
    const text = `${refusalText(request, admission)}\n`;
    return finish(socket, headOf(refused ? 403 : 502, refused ? "Forbidden" : "Bad Gateway", text));
  }
  const remote = socket.destroyed ? null : await dial(admission.addresses, at.port);
  if (remote === null || typeof remote === "string") {
    const text = `fettle: ${authorityText(at)} cannot be reached: ${remote ?? "the client is gone"}.\n`;
    return finish(socket, headOf(502, "Bad Gateway", text));
  }
  if (socket.destroyed) return void remote.destroy();
  socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
  join(socket, remote);
};

const createHttpServer = (gate: Gate, live: Live): HttpServer => {
  const http = process.getBuiltinModule("node:http").createServer({
    insecureHTTPParser: false,
    maxHeaderSize: mostHeaderBytes,
    keepAliveTimeout: firstBytesMs,
  });
  // It never listens itself, so of its time-outs only those of a connection hold.
  http.timeout = idleMs;
  const busy = new WeakSet<Socket>();
  http.on("request", (request, response) => {
    const { socket } = request;
    // Being finished: nothing that follows what could not be read is a request.
    if (socket.writableEnded) return;
    // A request line without a version has no header, so what follows it would be taken for a request of its own.
    if (request.httpVersionMajor !== 1 || !isOnlyChunked(request)) return finish(socket, unreadable);
    // A request that does not wait for the answer before it could be read as something else by somebody on the way.
    if (busy.has(socket)) return respond(response, 400, "fettle: wait for the answer before the next request.");
    busy.add(socket);
    response.once("close", () => busy.delete(socket));
    void forward(request, response, gate, (wanted) => live.set(socket, wanted));
  });
  http.on("connect", (request: IncomingMessage, _stream, head: Buffer) => {
    const { socket } = request;
    // Its own listeners have been taken off with the parser.
    socket.on("error", () => {});
    if (busy.has(socket) || socket.writableEnded) return void socket.destroy();
    if (head.length > 0) socket.unshift(head);
    void openTunnel(request.url ?? "", socket, gate, (wanted) => live.set(socket, wanted));
  });
  http.on("clientError", (_error, stream) => {
    // It is being finished already.
    if (stream.writableEnded) return;
    if (stream.writable && stream instanceof Socket) finish(stream, unreadable);
    else stream.destroy();
  });
  return http;
};

export const createProxy = (gate: Gate): Proxy => {
  const live: Live = new Map();
  let http: HttpServer | null = null;

  const accept = async (socket: Socket): Promise<void> => {
    live.set(socket, null);
    socket.once("close", () => live.delete(socket));
    // A client that resets its connection is no error of ours.
    socket.on("error", () => {});
    // One side of a tunnel may end before the other.
    socket.allowHalfOpen = true;
    socket.setTimeout(firstBytesMs, () => socket.destroy());
    const first = await take(socket, 1);
    if (first === null) return void socket.destroy();
    socket.setTimeout(idleMs);
    if (first[0] === socksVersion) return serveSocks(socket, gate, (wanted) => live.set(socket, wanted));
    socket.unshift(first);
    http ??= createHttpServer(gate, live);
    http.emit("connection", socket);
    socket.resume();
  };

  return {
    serve(server) {
      server.maxConnections = mostConnections;
      server.on("error", () => {});
      server.on("connection", (socket) => void accept(socket).catch(() => socket.destroy()));
      // It ends with the workspace, and must not keep a program alive that forgot to close it.
      server.unref();
    },
    recheck() {
      for (const [socket, request] of live) if (request && gate.refuses(request)) socket.destroy();
    },
    close() {
      for (const socket of live.keys()) socket.destroy();
    },
  };
};
