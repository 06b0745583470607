import { isUtf8 } from "node:buffer";
import { closeSync, openSync } from "node:fs";
import type { LoggedEvent } from "@fettle/protocol";
import { isLoggedEvent } from "./event-guard.ts";
import { readLinePieces } from "./log-lines.ts";
import { threadIdTime } from "./thread-files.ts";

/** What a list shows of a thread, as a fold over its log that can be continued when the log has grown. */
export type Digest = {
  /** The bytes and lines that are folded in. */
  readonly bytes: number;
  readonly lines: number;
  readonly cwd: string;
  /** The title given to the thread, or empty. */
  readonly givenTitle: string;
  /** First words of the first prompt, or empty. */
  readonly prompt: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly turns: number;
  readonly model: string;
  /** The thread that this one helps, or empty. */
  readonly parent: string;
  readonly lastTurn: "none" | "open" | "completed" | "failed" | "interrupted";
};

const promptLength = 200;

const emptyDigest = (id: string): Digest => {
  const at = new Date(threadIdTime(id)).toISOString();
  return {
    bytes: 0,
    lines: 0,
    cwd: "",
    givenTitle: "",
    prompt: "",
    createdAt: at,
    updatedAt: at,
    turns: 0,
    model: "",
    parent: "",
    lastTurn: "none",
  };
};

const firstWords = (text: string): string => {
  // Cut by characters, so that no half of a surrogate pair is left.
  const line = text
    .slice(0, promptLength * 8)
    .replaceAll(/\s+/gu, " ")
    .trim();
  const letters = Array.from(line);
  return letters.length > promptLength ? `${letters.slice(0, promptLength).join("")}…` : line;
};

const forkOf = (title: string): string => `fork: ${title.replace(/^fork: /, "")}`;

/** Folds one event in; all but `bytes` and `lines`. */
const foldEvent = (digest: Digest, event: LoggedEvent): Digest => {
  switch (event.type) {
    case "thread.started":
      return {
        ...digest,
        createdAt: event.at,
        cwd: event.cwd ?? "",
        model: event.model ?? "",
        parent: event.parent ?? "",
        givenTitle: firstWords(event.title ?? ""),
      };
    case "thread.forked":
      // A person's own way on from a helper's thread helps nobody.
      return {
        ...digest,
        parent: "",
        createdAt: event.at,
        prompt: forkOf(digest.prompt),
        givenTitle: digest.givenTitle === "" ? "" : forkOf(digest.givenTitle),
      };
    case "thread.renamed":
      return { ...digest, givenTitle: firstWords(event.title) };
    case "turn.started":
      return { ...digest, turns: digest.turns + 1, model: event.model ?? digest.model, lastTurn: "open" };
    case "turn.completed":
      return { ...digest, lastTurn: "completed" };
    case "turn.failed":
      return { ...digest, lastTurn: event.error.code === "interrupted" ? "interrupted" : "failed" };
    case "item.completed": {
      if (digest.prompt !== "" || event.item.type !== "user_message" || event.item.source !== "user") return digest;
      return { ...digest, prompt: firstWords(event.item.text) };
    }
    case "thread.rewound": {
      const turns = Math.max(0, Math.min(digest.turns, event.turn - 1));
      return turns > 0
        ? { ...digest, turns, lastTurn: "completed" }
        : { ...digest, turns, prompt: "", lastTurn: "none" };
    }
    default:
      return digest;
  }
};

/** Lines of our own writing begin with their type; most kinds change nothing in a digest and need no parsing. */
const mayMatter = (line: string, digest: Digest): boolean =>
  !line.startsWith('{"type":"') ||
  line.startsWith("thread.", 9) ||
  line.startsWith("turn.", 9) ||
  (digest.prompt === "" && line.startsWith("item.completed", 9));

const parseEvent = (line: string): LoggedEvent | null => {
  try {
    const value: unknown = JSON.parse(line);
    return isLoggedEvent(value) ? value : null;
  } catch {
    return null;
  }
};

/** Folds whole lines in, up to the first that is no event; `bytes` tells how far that was. */
const foldPiece = (before: Digest, bytes: Buffer): Digest => {
  if (!isUtf8(bytes)) return before;
  const text = bytes.toString("utf8");
  let digest = before;
  let lines = before.lines;
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf("\n", start);
    const line = text.slice(start, end);
    // The first line proves that this is where the digest ended, the last one tells when the thread was last written.
    if (start === 0 || end === text.length - 1 || mayMatter(line, digest)) {
      const event = parseEvent(line);
      if (event === null || event.seq !== lines) break;
      digest = { ...foldEvent(digest, event), updatedAt: event.at };
    }
    lines += 1;
    start = end + 1;
  }
  return { ...digest, lines, bytes: before.bytes + Buffer.byteLength(text.slice(0, start)) };
};

const foldFrom = (fd: number, from: Digest): Digest => {
  let digest = from;
  readLinePieces(fd, from.bytes, (piece) => {
    digest = foldPiece(digest, piece.bytes);
    return digest.bytes === piece.offset + piece.bytes.length;
  });
  return digest;
};

/**
 * Reads what a log has more than `known` has folded in; all of it when it does not continue `known` (it was mended,
 * replaced or shortened). A damaged line ends the digest there. Throws when the file cannot be read.
 */
export const digestLog = (path: string, id: string, known: Digest | null): Digest => {
  const fd = openSync(path, "r");
  try {
    if (known !== null) {
      const digest = foldFrom(fd, known);
      if (digest.bytes > known.bytes) return digest;
    }
    return foldFrom(fd, emptyDigest(id));
  } finally {
    closeSync(fd);
  }
};
