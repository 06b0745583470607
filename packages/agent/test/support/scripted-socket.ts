import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/* The server's side of a WebSocket, as far as short texts need it. Independent of the client's frames on purpose. */

export type ServerSocket = {
  /** `pieces`: in so many fragments, with a ping before the last. */
  send(text: string, pieces?: number): void;
  readonly stream: Duplex;
};

const lengthBytes = (length: number): Buffer => {
  if (length < 126) return Buffer.from([length]);
  const bytes = Buffer.alloc(length < 65_536 ? 3 : 9);
  bytes[0] = length < 65_536 ? 126 : 127;
  if (length < 65_536) bytes.writeUInt16BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
};

const frame = (first: number, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([first]), lengthBytes(payload.length), payload]);

/** Texts in what the client sent; what is not whole stays. */
const readTexts = (bytes: Buffer): { texts: string[]; rest: Buffer } => {
  const texts: string[] = [];
  let rest = bytes;
  for (;;) {
    if (rest.length < 2) return { texts, rest };
    const short = (rest[1] ?? 0) & 0x7f;
    const at = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (rest.length < at + 4) return { texts, rest };
    const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    const end = at + 4 + length;
    if (rest.length < end) return { texts, rest };
    const mask = rest.subarray(at, at + 4);
    const payload = Buffer.from(rest.subarray(at + 4, end).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
    if (((rest[0] ?? 0) & 0x0f) === 1) texts.push(payload.toString("utf8"));
    rest = rest.subarray(end);
  }
};

/** Answers the upgrade and hands over each text that comes. */
export const acceptSocket = (
  request: IncomingMessage,
  stream: Duplex,
  onText: (text: string, socket: ServerSocket) => void,
): void => {
  const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  stream.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const socket: ServerSocket = {
    stream,
    send(text, pieces = 1) {
      const payload = Buffer.from(text, "utf8");
      const step = Math.ceil(payload.length / pieces);
      for (let piece = 0; piece < pieces; piece++) {
        const last = piece === pieces - 1;
        if (last && pieces > 1) stream.write(frame(0x89, Buffer.from("ping")));
        const opcode = (last ? 0x80 : 0) | (piece === 0 ? 1 : 0);
        stream.write(frame(opcode, payload.subarray(piece * step, last ? undefined : (piece + 1) * step)));
      }
    },
  };
  let rest: Buffer = Buffer.alloc(0);
  stream.on("error", () => {});
  // A connection that was upgraded stays half open until its other side ends too.
  stream.on("end", () => stream.end());
  stream.on("data", (chunk: Buffer) => {
    const read = readTexts(Buffer.concat([rest, chunk]));
    rest = read.rest;
    for (const text of read.texts) onText(text, socket);
  });
};
