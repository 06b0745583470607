import type { DatabaseSync } from "node:sqlite";

type Sqlite = typeof import("node:sqlite");

/**
 * Node's SQLite, loaded when first needed. Node 22 announces the module as experimental on standard error; that one
 * notice is held back, since it would stand in the middle of a program's output and a user can do nothing about it.
 */
export const loadSqlite = (): Sqlite => {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (rest[0] === "ExperimentalWarning" && String(warning).startsWith("SQLite")) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
};

/** SQLite's primary result code (https://sqlite.org/rescode.html), or null for an error of another kind. */
export const sqliteCode = (error: unknown): number | null =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : null;

export const SQLITE_ERROR = 1;
export const SQLITE_BUSY = 5;
export const SQLITE_CORRUPT = 11;
export const SQLITE_CANTOPEN = 14;
export const SQLITE_NOTADB = 26;

export type Database = DatabaseSync;
