import { readSync } from "node:fs";

/** Whole lines of a log: a piece of the file that ends with a newline. Valid only during the call. */
export type LinePiece = { readonly bytes: Buffer; readonly offset: number };

/** No longer line is written, and none is decoded: V8's strings end at about 512 MB. */
export const maxLineBytes = 1 << 28;

const newline = 0x0a;
const firstBufferBytes = 1 << 18;

/**
 * Reads a file from `offset` on, in pieces of whole lines, until `visit` returns false. Never holds more of the file
 * than one piece or its longest line. Gives the offset after the last newline seen and the offset where reading ended.
 */
export const readLinePieces = (
  fd: number,
  offset: number,
  visit: (piece: LinePiece) => boolean,
): { linesEnd: number; end: number } => {
  let buffer = Buffer.allocUnsafe(firstBufferBytes);
  let start = offset;
  let held = 0;
  for (;;) {
    if (held === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
    const count = readSync(fd, buffer, held, buffer.length - held, start + held);
    if (count === 0) return { linesEnd: start, end: start + held };
    const last = buffer.subarray(held, held + count).lastIndexOf(newline);
    const whole = last === -1 ? 0 : held + last + 1;
    held += count;
    if (whole === 0) continue;
    if (!visit({ bytes: buffer.subarray(0, whole), offset: start }))
      return { linesEnd: start + whole, end: start + held };
    buffer.copyWithin(0, whole, held);
    start += whole;
    held -= whole;
  }
};
