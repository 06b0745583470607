import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Target } from "./locate-target.ts";
import { describeSystemError } from "./system-error.ts";

/** Larger files are not rewritten by a patch: it would be held in memory several times. */
export const maxPatchedBytes = 10 * 1024 * 1024;

export type ReadOutcome =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

const readAll = (descriptor: number, size: number): Buffer => {
  // One byte more than the size, so that a file that grows meanwhile is noticed.
  const buffer = Buffer.alloc(size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += count;
    if (count === 0 || length === buffer.length) return buffer.subarray(0, length);
  }
};

const decode = (bytes: Buffer): ReadOutcome => {
  if (bytes.includes(0)) return { ok: false, message: "it is a binary file; change it with a command instead" };
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { ok: false, message: "it is not UTF-8 text; change it with a command instead" };
  }
};

/** Reads a text file for a patch. What is no regular UTF-8 file of at most 10 MiB is refused. */
export const readTarget = (target: Target): ReadOutcome => {
  if (target.stats === undefined) return { ok: false, message: "it does not exist" };
  if (target.stats.isDirectory()) return { ok: false, message: "it is a folder" };
  try {
    // Not blocking, because opening a FIFO that took the file's place would wait for its writer.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const descriptor = openSync(target.folder.child(target.name), flags);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) return { ok: false, message: "it is not a regular file" };
      if (stats.size > maxPatchedBytes)
        return {
          ok: false,
          message: `it has ${stats.size} bytes; patches change files up to ${maxPatchedBytes} bytes`,
        };
      const bytes = readAll(descriptor, stats.size);
      return bytes.length === stats.size ? decode(bytes) : { ok: false, message: "it changed while it was read" };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return { ok: false, message: describeSystemError(error) };
  }
};
