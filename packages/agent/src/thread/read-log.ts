import { isUtf8 } from "node:buffer";
import type { LoggedEvent } from "@fettle/protocol";
import { isLoggedEvent } from "./event-guard.ts";
import { type LinePiece, maxLineBytes, readLinePieces } from "./log-lines.ts";
import { slim } from "./slim.ts";

export type LogContent =
  /** `size` bytes are whole, valid lines; `cutBytes` after them are what an interrupted write left. */
  | { readonly ok: true; readonly events: LoggedEvent[]; readonly size: number; readonly cutBytes: number }
  /** A line that is not the torn end is no valid event. `line` counts from 1. */
  | { readonly ok: false; readonly line: number; readonly reason: string };

type Fault = { readonly line: number; readonly reason: string };
type Broken = Fault & { readonly offset: number };
type Reading = {
  readonly events: LoggedEvent[];
  readonly slimBefore: number;
  lines: number;
  broken: Broken | null;
  fault: Fault | null;
};

const parseObject = (text: string): object | null => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
};

const describe = (value: object, seq: number): string => {
  if ("seq" in value && value.seq !== seq) return `its seq is ${String(value.seq)} where ${seq} must follow`;
  const type = "type" in value && typeof value.type === "string" ? ` of type ${JSON.stringify(value.type)}` : "";
  return `it is no event${type} that this version of fettle knows`;
};

/** Takes one line; `offset` is called only for a line that is broken. */
const takeLine = (reading: Reading, text: string | null, offset: () => number): void => {
  const { events } = reading;
  const value = text === null ? null : parseObject(text);
  reading.lines += 1;
  if (value === null) {
    reading.broken ??= { line: reading.lines, reason: "it is not JSON", offset: offset() };
  } else if (reading.broken !== null) {
    // An event stands after the broken line, so this is damage and not the end of an interrupted write.
    reading.fault = reading.broken;
  } else if (isLoggedEvent(value) && value.seq === events.length) {
    events.push(value.seq < reading.slimBefore ? slim(value) : value);
  } else {
    reading.fault = { line: reading.lines, reason: describe(value, events.length) };
  }
};

const takeLineBytes = (reading: Reading, { bytes, offset }: LinePiece): void => {
  let start = 0;
  while (start < bytes.length && reading.fault === null) {
    const at = start;
    const end = bytes.indexOf(0x0a, start);
    const line = bytes.subarray(start, end);
    takeLine(reading, line.length <= maxLineBytes && isUtf8(line) ? line.toString("utf8") : null, () => offset + at);
    start = end + 1;
  }
};

const takePiece = (reading: Reading, piece: LinePiece): void => {
  if (piece.bytes.length > maxLineBytes || !isUtf8(piece.bytes)) {
    takeLineBytes(reading, piece);
    return;
  }
  // Decoding many lines at once and parsing slices of the text is the fastest way by far.
  const text = piece.bytes.toString("utf8");
  let start = 0;
  while (start < text.length && reading.fault === null) {
    const at = start;
    const end = text.indexOf("\n", start);
    takeLine(reading, text.slice(start, end), () => piece.offset + Buffer.byteLength(text.slice(0, at)));
    start = end + 1;
  }
};

/**
 * Reads and checks a whole log; of events below `slimBefore` it keeps only what their `slim` form has. What follows the
 * last valid line counts as torn (cut) if no event stands in it: a line without its newline, or the zeros and shreds that
 * a lost machine leaves.
 */
export const readLog = (fd: number, slimBefore = 0): LogContent => {
  const reading: Reading = { events: [], slimBefore, lines: 0, broken: null, fault: null };
  const { linesEnd, end } = readLinePieces(fd, 0, (piece) => {
    takePiece(reading, piece);
    return reading.fault === null;
  });
  if (reading.fault !== null) return { ok: false, line: reading.fault.line, reason: reading.fault.reason };
  const size = reading.broken?.offset ?? linesEnd;
  return { ok: true, events: reading.events, size, cutBytes: end - size };
};
