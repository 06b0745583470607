import { isIPv6, type Socket } from "node:net";
import { dial, finish, join, take } from "./connection.ts";
import type { Gate } from "./gate.ts";
import { type Authority, normaliseHost } from "./host-name.ts";
import type { NetworkRequest } from "./network-ports.ts";

/*
 * SOCKS 5 (RFC 1928), the part that opens connections: no authentication, no listening, no datagrams.
 */

const version = 5;
const reply = { done: 0, failed: 1, refused: 2, unreachable: 4, noSuchCommand: 7, noSuchAddress: 8 } as const;

const answer = (code: number): Buffer => Buffer.from([version, code, 0, 1, 0, 0, 0, 0, 0, 0]);

const greet = async (socket: Socket): Promise<boolean> => {
  const count = (await take(socket, 1))?.[0];
  const methods = count ? await take(socket, count) : null;
  if (methods === null) return false;
  const withoutLogin = methods.includes(0);
  socket.write(Buffer.from([version, withoutLogin ? 0 : 0xff]));
  return withoutLogin;
};

const ipv6Text = (bytes: Buffer): string =>
  Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(":");

const readHost = async (socket: Socket, kind: number): Promise<string | null> => {
  if (kind === 1) return (await take(socket, 4))?.join(".") ?? null;
  if (kind === 4) {
    const bytes = await take(socket, 16);
    return bytes && ipv6Text(bytes);
  }
  const length = kind === 3 ? (await take(socket, 1))?.[0] : undefined;
  // Names are ASCII or UTF-8; what is neither becomes a character that no host has.
  return length ? ((await take(socket, length))?.toString("utf8") ?? null) : null;
};

/** A number is the reply that refuses the request; null: the client went away. */
const readRequest = async (socket: Socket): Promise<Authority | number | null> => {
  const head = await take(socket, 4);
  if (head === null || head[0] !== version) return null;
  if (head[1] !== 1) return reply.noSuchCommand;
  const kind = head[3] ?? 0;
  if (![1, 3, 4].includes(kind)) return reply.noSuchAddress;
  const text = await readHost(socket, kind);
  const port = (await take(socket, 2))?.readUInt16BE(0);
  if (text === null || port === undefined) return null;
  const host = kind === 4 && !isIPv6(text) ? null : normaliseHost(text);
  return host === null || port === 0 ? reply.noSuchAddress : { host, port };
};

/**
 * Serves one client whose first byte (the version) has been read. `remember` is told what the connection is for before
 * anything is dialled. Never rejects.
 */
export const serveSocks = async (
  socket: Socket,
  gate: Gate,
  remember: (request: NetworkRequest) => void,
): Promise<void> => {
  const wanted = (await greet(socket)) ? await readRequest(socket) : null;
  if (wanted === null) return socket.destroySoon();
  if (typeof wanted === "number") return finish(socket, answer(wanted));
  const request: NetworkRequest = { ...wanted, protocol: "socks", method: null };
  remember(request);
  const admission = await gate.admit(request);
  if (!admission.ok) return finish(socket, answer(admission.kind === "refused" ? reply.refused : reply.unreachable));
  const remote = socket.destroyed ? null : await dial(admission.addresses, wanted.port);
  if (remote === null || typeof remote === "string") return finish(socket, answer(reply.unreachable));
  if (socket.destroyed) return void remote.destroy();
  socket.write(answer(reply.done));
  join(socket, remote);
};
