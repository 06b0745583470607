import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorCode, storageError } from "./storage-error.ts";

/** Where one thread's things lie. All but the log are in its folder or made only when needed. */
export type ThreadFiles = {
  readonly id: string;
  readonly log: string;
  /** Whole outputs, the lock and its owner's process id. */
  readonly folder: string;
  /** Bytes that were cut from the log's torn end, in the order of cutting. */
  readonly torn: string;
};

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const logPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.jsonl$/;

export const isThreadId = (text: string): boolean => idPattern.test(text);

const randomHex = (digits: number): string => {
  let hex = "";
  // An id has to be unique, not secret: node:crypto would cost 3 ms at every start.
  while (hex.length < digits)
    hex += Math.floor(Math.random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  return hex.slice(0, digits);
};

/** A UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits; so ids sort by time. */
export const newThreadId = (nowMs: number): string => {
  const time = Math.floor(nowMs).toString(16).padStart(12, "0");
  const variant = (8 + Math.floor(Math.random() * 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomHex(3)}-${variant}${randomHex(3)}-${randomHex(12)}`;
};

/** The moment in a thread's id, in Unix milliseconds. */
export const threadIdTime = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

export const threadFiles = (logPath: string): ThreadFiles => {
  const id = basename(logPath, ".jsonl");
  const folder = join(dirname(logPath), id);
  return { id, log: logPath, folder, torn: `${folder}.torn` };
};

const threadsRoot = (home: string): string => join(home, "threads");

/** The day's folder is that of the id's moment in UTC, so an id alone says where its log lies. */
export const logPathOf = (home: string, id: string): string => {
  const [year = "", month = "", day = ""] = new Date(threadIdTime(id)).toISOString().slice(0, 10).split("-");
  return join(threadsRoot(home), year, month, day, `${id}.jsonl`);
};

// Node's own recursive mkdir never returns where a system refuses with ENOENT in an existing folder, as /proc does.
const makeParents = (path: string): void => {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    if (code !== "ENOENT" || existsSync(dirname(path))) throw error;
    makeParents(dirname(path));
    makeParents(path);
  }
};

/** Makes a private folder and its parents. Throws `ThreadStorageError`. */
export const makeFolder = (path: string, home: string): void => {
  try {
    makeParents(path);
  } catch (error) {
    throw storageError(`make a folder in FETTLE_HOME (${home})`, error);
  }
};

const namesIn = (folder: string, pattern: RegExp): string[] => {
  try {
    return readdirSync(folder).filter((name) => pattern.test(name));
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(errorCode(error))) return [];
    throw error;
  }
};

/** Where threads lie that are removed when they end. Nothing lists or finds them there. */
export const ephemeralRoot = (home: string): string => join(home, "ephemeral");

/** Paths of all logs under `home`, in no order. Folders that cannot be read count as empty. */
export const allLogs = (home: string): string[] => {
  const logs: string[] = [];
  const root = threadsRoot(home);
  for (const year of namesIn(root, /^\d{4,}$/))
    for (const month of namesIn(join(root, year), /^\d{2}$/))
      for (const day of namesIn(join(root, year, month), /^\d{2}$/)) {
        const folder = join(root, year, month, day);
        for (const name of namesIn(folder, logPattern)) logs.push(`${folder}/${name}`);
      }
  return logs;
};

export type FoundThread =
  | { readonly ok: true; readonly files: ThreadFiles }
  | { readonly ok: false; readonly code: "not_found" | "ambiguous"; readonly message: string };

const minimumPrefix = 6;
const remedy = "see: fettle threads --all";

const notFound = (message: string): FoundThread => ({ ok: false, code: "not_found", message: `${message}; ${remedy}` });

/** Finds a log by its whole id or by the first characters of it (at least 6), in either case of letters. */
export const findThread = (home: string, idOrPrefix: string): FoundThread => {
  const wanted = idOrPrefix.trim().toLowerCase();
  const shown = JSON.stringify(idOrPrefix.slice(0, 60));
  if (!/^[0-9a-f-]+$/.test(wanted)) return notFound(`${shown} is not a thread id`);
  if (wanted.length < minimumPrefix)
    return notFound(`${shown} is too short for a thread id: give at least ${minimumPrefix} characters`);
  if (isThreadId(wanted)) {
    const path = logPathOf(home, wanted);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return { ok: true, files: threadFiles(path) };
  }
  const matches = allLogs(home).filter((path) => basename(path).startsWith(wanted));
  const [first] = matches;
  if (first === undefined) return notFound(`There is no thread ${shown}`);
  if (matches.length === 1) return { ok: true, files: threadFiles(first) };
  const ids = matches.map((path) => basename(path, ".jsonl")).sort();
  const some = ids.slice(-3).join(", ");
  return {
    ok: false,
    code: "ambiguous",
    message: `${shown} fits ${ids.length} threads (${some}${ids.length > 3 ? ", …" : ""}): give more characters`,
  };
};
