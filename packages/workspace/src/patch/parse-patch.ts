import type { ParsedPatch, PatchChunk, PatchLine, PatchOperation } from "./types.ts";

/*
 * A patch is small and line-oriented, so the parser is a cursor over lines. It never throws on text: everything it
 * cannot read ends in one sentence with the line, which the model gets back.
 */

class PatchSyntaxError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

type Cursor = { readonly lines: readonly string[]; readonly end: number; at: number };

const endOfFileMarker = "*** End of File";
const headers = "'*** Add File: <path>', '*** Delete File: <path>' or '*** Update File: <path>'";

/** The hunk prefixes and what they mean. An empty line stands for an empty context line. */
const lineKind = (line: string): PatchLine["kind"] | undefined => {
  if (line === "" || line.startsWith(" ")) return "context";
  if (line.startsWith("+")) return "add";
  return line.startsWith("-") ? "remove" : undefined;
};

const isMarker = (line: string): boolean => line === "@@" || line.startsWith("@@ ");

/** Finds the lines between the begin and end markers, around which blanks and a heredoc are tolerated. */
const patchBody = (lines: readonly string[]): Cursor => {
  let first = 0;
  let last = lines.length - 1;
  const skipBlank = (): void => {
    while (first < last && lines[first]?.trim() === "") first += 1;
    while (last > first && lines[last]?.trim() === "") last -= 1;
  };
  skipBlank();
  const heredoc = /^<<-?\s*(['"]?)(\w+)\1$/.exec(lines[first]?.trim() ?? "");
  if (heredoc !== null && lines[last]?.trim() === heredoc[2]) {
    first += 1;
    last -= 1;
    skipBlank();
  }
  if (lines[first]?.trim() !== "*** Begin Patch")
    throw new PatchSyntaxError(first + 1, "the patch must begin with the line '*** Begin Patch'");
  if (last <= first || lines[last]?.trim() !== "*** End Patch")
    throw new PatchSyntaxError(last + 1, "the patch must end with the line '*** End Patch'");
  return { lines, end: last, at: first + 1 };
};

const peek = (cursor: Cursor): string | undefined =>
  cursor.at < cursor.end ? cursor.lines[cursor.at]?.replace(/\r$/, "") : undefined;

const parseAdd = (cursor: Cursor, path: string): PatchOperation => {
  let content = "";
  for (let line = peek(cursor); line?.startsWith("+"); line = peek(cursor)) {
    content += `${line.slice(1)}\n`;
    cursor.at += 1;
  }
  return { kind: "add", path, content };
};

const parseContexts = (cursor: Cursor, first: boolean): string[] => {
  const contexts: string[] = [];
  const start = cursor.at;
  for (let line = peek(cursor); line !== undefined && isMarker(line); line = peek(cursor)) {
    const text = line.slice(3).trim() === "" ? "" : line.slice(3);
    if (text === "" && cursor.at > start)
      throw new PatchSyntaxError(cursor.at + 1, "a bare '@@' may not follow another '@@'");
    if (text !== "") contexts.push(text);
    cursor.at += 1;
  }
  if (!first && cursor.at === start)
    throw new PatchSyntaxError(cursor.at + 1, `expected '@@' or a new file header here, not '${peek(cursor) ?? ""}'`);
  return contexts;
};

const parseChunk = (cursor: Cursor, first: boolean): PatchChunk => {
  const start = cursor.at + 1;
  const contexts = parseContexts(cursor, first);
  const lines: PatchLine[] = [];
  let endOfFile = false;
  for (let line = peek(cursor); line !== undefined; line = peek(cursor)) {
    const kind = lineKind(line);
    if (kind === undefined) {
      endOfFile = lines.length > 0 && line.trimEnd() === endOfFileMarker;
      if (endOfFile) cursor.at += 1;
      break;
    }
    lines.push({ kind, text: line.slice(1), line: cursor.at + 1 });
    cursor.at += 1;
  }
  if (lines.length === 0) {
    const got = peek(cursor);
    const problem = got === undefined ? "the hunk has no lines" : `'${got}' is not a line of a hunk`;
    throw new PatchSyntaxError(cursor.at + 1, `${problem}: each begins with ' ', '-' or '+'`);
  }
  return { contexts, lines, endOfFile, line: start };
};

const parseUpdate = (cursor: Cursor, path: string): PatchOperation => {
  const header = cursor.at;
  const movePath = /^\*\*\* Move to: (.*\S)\s*$/.exec(peek(cursor) ?? "")?.[1];
  if (movePath !== undefined) cursor.at += 1;
  const chunks: PatchChunk[] = [];
  for (let line = peek(cursor); line !== undefined; line = peek(cursor)) {
    if (line === "") cursor.at += 1;
    else if (line.startsWith("***") && line.trimEnd() !== endOfFileMarker && !line.startsWith("*** Move to: ")) break;
    else chunks.push(parseChunk(cursor, chunks.length === 0));
  }
  if (chunks.length === 0) throw new PatchSyntaxError(header, `the update of '${path}' has no hunk`);
  return movePath === undefined ? { kind: "update", path, chunks } : { kind: "update", path, movePath, chunks };
};

const parseOperation = (cursor: Cursor): PatchOperation => {
  const line = peek(cursor) ?? "";
  const [, verb, path] = /^\s*\*\*\* (Add|Delete|Update) File: (.*\S)\s*$/.exec(line) ?? [];
  if (verb === undefined || path === undefined)
    throw new PatchSyntaxError(cursor.at + 1, `'${line.trim()}' is not a file header; write ${headers}`);
  cursor.at += 1;
  if (verb === "Add") return parseAdd(cursor, path);
  return verb === "Delete" ? { kind: "delete", path } : parseUpdate(cursor, path);
};

/**
 * Reads `*** Begin Patch` text. Never throws on text: what cannot be read is an outcome with the line and a sentence.
 * Lines may end in LF or CRLF; the texts in the result have neither. A patch without operations is read as such.
 */
export const parsePatch = (patch: string): ParsedPatch => {
  try {
    const cursor = patchBody(patch.split("\n"));
    // A remote environment's name may stand first; there is one workspace here, so it says nothing.
    if (peek(cursor)?.startsWith("*** Environment ID: ")) cursor.at += 1;
    const operations: PatchOperation[] = [];
    while (peek(cursor) !== undefined) operations.push(parseOperation(cursor));
    return { ok: true, operations };
  } catch (error) {
    if (error instanceof PatchSyntaxError) return { ok: false, message: error.message, line: error.line };
    throw error;
  }
};
