/*
 * WebSocket frames as a client needs them (RFC 6455, §5): what it sends is masked, what it gets is not; texts may come
 * in fragments, with control frames between them. No extensions are asked for, so that reserved bits are faults.
 */

export const opcodes = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const;

/** A whole frame with this payload. `mask`: four random bytes. */
export const encodeFrame = (opcode: number, payload: Buffer, mask: Buffer): Buffer => {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + extended + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  const start = 2 + extended + 4;
  mask.copy(frame, start - 4, 0, 4);
  for (let index = 0; index < length; index++) frame[start + index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  return frame;
};

type Frame = { readonly fin: boolean; readonly opcode: number; readonly payload: Buffer; readonly size: number };
type Read = { readonly frame: Frame } | { readonly needed: number } | { readonly fault: string };

/** The frame at the beginning, or how many bytes are needed to go on. */
const readFrame = (bytes: Buffer, maxBytes: number): Read => {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return { needed: 2 };
  if ((first & 0x70) !== 0) return { fault: "reserved bits" };
  if ((second & 0x80) !== 0) return { fault: "a masked frame" };
  const short = second & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return { needed: start };
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length > maxBytes) return { fault: "a frame that is too large" };
  const size = start + length;
  if (bytes.length < size) return { needed: size };
  const payload = bytes.subarray(start, size);
  return { frame: { fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload, size } };
};

export type FrameListener = {
  readonly onText: (text: string) => void;
  readonly onPing: (payload: Buffer) => void;
  readonly onClose: () => void;
};

/** Takes the bytes as they come. `push` gives a fault in words once the other side broke the protocol. */
export const createFrameParser = (
  listener: FrameListener,
  maxBytes = 32 * 1024 * 1024,
): { push(chunk: Buffer): string | null } => {
  let chunks: Buffer[] = [];
  let size = 0;
  let needed = 2;
  let fragments: Buffer[] | null = null;
  let held = 0;

  const takeFrame = ({ fin, opcode, payload }: Frame): string | null => {
    if (opcode >= opcodes.close) {
      if (!fin || payload.length > 125) return "a control frame in pieces";
      if (opcode === opcodes.ping) listener.onPing(payload);
      if (opcode === opcodes.close) listener.onClose();
      return null;
    }
    if (opcode !== opcodes.text && opcode !== opcodes.continuation) return "a frame that is no text";
    if ((opcode === opcodes.continuation) !== (fragments !== null)) return "fragments out of order";
    held += payload.length;
    if (held > maxBytes) return "a message that is too large";
    const all: Buffer[] = [...(fragments ?? []), payload];
    fragments = fin ? null : all;
    if (!fin) return null;
    held = 0;
    listener.onText(Buffer.concat(all).toString("utf8"));
    return null;
  };

  return {
    push(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      // Joined only when there is enough, so that a large frame in many pieces is copied once.
      if (size < needed) return null;
      let bytes = Buffer.concat(chunks);
      for (;;) {
        const read = readFrame(bytes, maxBytes);
        if ("fault" in read) return read.fault;
        if ("needed" in read) {
          chunks = [bytes];
          size = bytes.length;
          needed = read.needed;
          return null;
        }
        bytes = bytes.subarray(read.frame.size);
        const fault = takeFrame(read.frame);
        if (fault !== null) return fault;
      }
    },
  };
};
