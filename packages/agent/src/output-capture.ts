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

/**
 * Keeps a command's output in bounded memory: head and tail in buffers, the whole in a file that is opened only when
 * the output outgrows `inlineBytes`. With null there is no file, and the middle is dropped.
 */
export const createOutputCapture = (pathOfWhole: (() => string) | null): OutputCapture => {
  let total = 0;
  let head: Buffer[] = [];
  let headBytes = 0;
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let path: string | undefined;
  let fd: number | undefined;
  let outgrown = false;

  const spill = (): void => {
    outgrown = true;
    const all = Buffer.concat(head);
    if (pathOfWhole !== null) {
      path = pathOfWhole();
      fd = openSync(path, "w", 0o600);
      writeSync(fd, all);
    }
    head = [all.subarray(0, edgeBytes)];
    keepTail(all.subarray(edgeBytes));
  };

  const keepTail = (chunk: Buffer): void => {
    tail.push(chunk);
    tailBytes += chunk.length;
    // Compacted now and then, so that many small chunks do not each hold their read buffer.
    if (tailBytes > 8 * edgeBytes) {
      const all = Buffer.concat(tail);
      tail = [Buffer.from(all.subarray(all.length - edgeBytes))];
      tailBytes = edgeBytes;
    }
  };

  return {
    add(chunk) {
      total += chunk.length;
      if (!outgrown) {
        head.push(chunk);
        headBytes += chunk.length;
        if (headBytes > inlineBytes) spill();
        return;
      }
      if (fd !== undefined && total <= maxFileBytes) writeSync(fd, chunk);
      keepTail(chunk);
    },
    read() {
      const first = Buffer.concat(head);
      if (!outgrown) return { text: first.toString("utf8"), bytes: total };
      const all = Buffer.concat(tail);
      const last = all.subarray(Math.max(0, all.length - edgeBytes));
      const missing = (total - first.length - last.length).toLocaleString("en-US");
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
