import { closeSync, openSync, writeSync } from "node:fs";

/** Outputs up to this many bytes are shown whole; of larger ones head and tail together are this long. */
const inlineBytes = 12 * 1024;
/** A file beside the log grows no further than this, for a command may print for ever. */
const maxFileBytes = 256 * 1024 * 1024;
const edgeBytes = inlineBytes / 2;

export type CapturedOutput = {
  /** Whole, or head and tail with a line between them that says how much is missing and where it is. */
  readonly text: string;
  readonly bytes: number;
  /** Where the whole output lies; absent when `text` is whole. */
  readonly path?: string;
};

export type OutputCapture = {
  add(chunk: Buffer): void;
  /** As it stands now. */
  read(): CapturedOutput;
  close(): void;
};

/** The cut may fall inside a character: drop continuation bytes at the front, an unfinished character at the end. */
const decodeHead = (bytes: Buffer): string => {
  let end = bytes.length;
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (length > back) end = bytes.length - back;
    break;
  }
  return bytes.toString("utf8", 0, end);
};
const decodeTail = (bytes: Buffer): string => {
  let start = 0;
  while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.toString("utf8", start);
};

/** By hand: the first use of Node's own number format takes 13 ms and some megabytes. */
const inThousands = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");

/** The last `edgeBytes` of a stream, in memory that does not grow. */
type Tail = { add(chunk: Buffer): void; read(): Buffer };

const createTail = (): Tail => {
  const kept = Buffer.alloc(8 * edgeBytes);
  let length = 0;
  return {
    add(chunk) {
      const last = chunk.subarray(Math.max(0, chunk.length - edgeBytes));
      if (length + last.length > kept.length) {
        kept.copyWithin(0, length - edgeBytes, length);
        length = edgeBytes;
      }
      length += last.copy(kept, length);
    },
    read: () => kept.subarray(Math.max(0, length - edgeBytes), length),
  };
};

/**
 * Keeps a command's output in bounded memory: head and tail in buffers, the whole in a file that is opened only when
 * the output outgrows `inlineBytes`. With null there is no file, and the middle is dropped.
 */
export const createOutputCapture = (pathOfWhole: (() => string) | null): OutputCapture => {
  let total = 0;
  const head = Buffer.alloc(inlineBytes);
  let headBytes = 0;
  /** The end of what did not fit; made when that happens. */
  let tail: Tail | null = null;
  let path: string | undefined;
  let fd: number | undefined;

  const spill = (chunk: Buffer): Tail => {
    const kept = createTail();
    const fits = chunk.copy(head, headBytes);
    headBytes += fits;
    if (pathOfWhole !== null) {
      path = pathOfWhole();
      fd = openSync(path, "w", 0o600);
      writeSync(fd, head, 0, headBytes);
    }
    kept.add(head.subarray(edgeBytes, headBytes));
    addToTail(kept, chunk.subarray(fits));
    return kept;
  };

  const addToTail = (kept: Tail, chunk: Buffer): void => {
    if (fd !== undefined && total <= maxFileBytes) writeSync(fd, chunk);
    kept.add(chunk);
  };

  return {
    add(chunk) {
      total += chunk.length;
      if (tail !== null) addToTail(tail, chunk);
      else if (headBytes + chunk.length > inlineBytes) tail = spill(chunk);
      else headBytes += chunk.copy(head, headBytes);
    },
    read() {
      if (tail === null) return { text: head.toString("utf8", 0, headBytes), bytes: total };
      const first = head.subarray(0, edgeBytes);
      const last = tail.read();
      const missing = inThousands(total - first.length - last.length);
      const gap = `… ${missing} bytes left out${path === undefined ? "" : `; ${total > maxFileBytes ? "its first part" : "whole output"}: ${path}`} …`;
      return {
        text: `${decodeHead(first)}\n${gap}\n${decodeTail(last)}`,
        bytes: total,
        ...(path === undefined ? {} : { path }),
      };
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
};
