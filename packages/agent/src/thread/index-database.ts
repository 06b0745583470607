import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "./digest.ts";
import { type Database, loadSqlite, SQLITE_CORRUPT, SQLITE_ERROR, SQLITE_NOTADB, sqliteCode } from "./sqlite.ts";

/** What the index knows of one log: the file as it was when it was read, and its digest. */
export type IndexRow = {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly digest: Digest;
};

/** `helpers`: also threads that help another one. */
export type NewestOptions = { limit: number; cwd?: string; nonEmpty: boolean; helpers: boolean };

export type ThreadIndex = {
  /** The file of each known thread as it was when it was read. */
  known(): Map<string, { readonly path: string; readonly size: number; readonly mtimeMs: number }>;
  row(id: string): IndexRow | null;
  /** Most recently updated first. */
  newest(options: NewestOptions): IndexRow[];
  /** All changes or none. */
  update(changed: readonly IndexRow[], gone: readonly string[]): void;
};

/** A row holds what this version never writes. */
class IndexDamaged extends Error {}

/** Any change of the table must raise this: an index of another number is thrown away and built anew. */
const schemaNumber = 2;
const busyMs = 1000;

const schema = `CREATE TABLE threads (
  id TEXT PRIMARY KEY, path TEXT NOT NULL, size INTEGER NOT NULL, mtime_ms REAL NOT NULL,
  bytes INTEGER NOT NULL, lines INTEGER NOT NULL, cwd TEXT NOT NULL, given_title TEXT NOT NULL, prompt TEXT NOT NULL,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, turns INTEGER NOT NULL, model TEXT NOT NULL, parent TEXT NOT NULL,
  last_turn TEXT NOT NULL CHECK (last_turn IN ('none', 'open', 'completed', 'failed', 'interrupted'))
) STRICT, WITHOUT ROWID;
CREATE INDEX threads_by_update ON threads (updated_at DESC, id DESC);
PRAGMA user_version = ${schemaNumber};`;

const text = (value: unknown): string => {
  if (typeof value !== "string") throw new IndexDamaged("not a text");
  return value;
};
const number = (value: unknown): number => {
  if (typeof value !== "number") throw new IndexDamaged("not a number");
  return value;
};
const lastTurns: readonly Digest["lastTurn"][] = ["none", "open", "completed", "failed", "interrupted"];
const lastTurn = (value: unknown): Digest["lastTurn"] => {
  const found = lastTurns.find((candidate) => candidate === value);
  if (found === undefined) throw new IndexDamaged("not a turn's standing");
  return found;
};

const parseRow = (row: Record<string, unknown>): IndexRow => ({
  id: text(row.id),
  path: text(row.path),
  size: number(row.size),
  mtimeMs: number(row.mtime_ms),
  digest: {
    bytes: number(row.bytes),
    lines: number(row.lines),
    cwd: text(row.cwd),
    givenTitle: text(row.given_title),
    prompt: text(row.prompt),
    createdAt: text(row.created_at),
    updatedAt: text(row.updated_at),
    turns: number(row.turns),
    model: text(row.model),
    parent: text(row.parent),
    lastTurn: lastTurn(row.last_turn),
  },
});

const inTransaction = (database: Database, work: () => void): void => {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
};

const prepareSchema = (database: Database): void => {
  const version = (): unknown => database.prepare("PRAGMA user_version").get()?.user_version;
  if (version() === schemaNumber) return;
  inTransaction(database, () => {
    // Another process may have been first.
    if (version() === schemaNumber) return;
    database.exec("DROP TABLE IF EXISTS threads");
    database.exec(schema);
  });
};

const update = (database: Database, changed: readonly IndexRow[], gone: readonly string[]): void => {
  const put = database.prepare(`INSERT OR REPLACE INTO threads VALUES (${Array(15).fill("?").join(", ")})`);
  const drop = database.prepare("DELETE FROM threads WHERE id = ?");
  inTransaction(database, () => {
    for (const id of gone) drop.run(id);
    for (const { id, path, size, mtimeMs, digest: d } of changed) {
      const file = [id, path, size, mtimeMs, d.bytes, d.lines];
      put.run(...file, d.cwd, d.givenTitle, d.prompt, d.createdAt, d.updatedAt, d.turns, d.model, d.parent, d.lastTurn);
    }
  });
};

const indexOver = (database: Database): ThreadIndex => ({
  known() {
    const rows = database.prepare("SELECT id, path, size, mtime_ms FROM threads").all();
    return new Map(
      rows.map((row) => [
        text(row.id),
        { path: text(row.path), size: number(row.size), mtimeMs: number(row.mtime_ms) },
      ]),
    );
  },
  row(id) {
    const row = database.prepare("SELECT * FROM threads WHERE id = ?").get(id);
    return row === undefined ? null : parseRow(row);
  },
  newest({ limit, cwd, nonEmpty, helpers }) {
    const conditions = [
      ...(cwd === undefined ? [] : ["cwd = ?"]),
      ...(nonEmpty ? ["lines > 0"] : []),
      ...(helpers ? [] : ["parent = ''"]),
    ];
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const query = `SELECT * FROM threads ${where} ORDER BY updated_at DESC, id DESC LIMIT ?`;
    return database
      .prepare(query)
      .all(...(cwd === undefined ? [] : [cwd]), limit)
      .map(parseRow);
  },
  update: (changed, gone) => update(database, changed, gone),
});

const indexPath = (home: string): string => join(home, "index.sqlite");

const using = <T>(path: string, work: (index: ThreadIndex) => T): T => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { timeout: busyMs });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    prepareSchema(database);
    return work(indexOver(database));
  } finally {
    database.close();
  }
};

const usingFile = <T>(home: string, work: (index: ThreadIndex) => T): T => {
  const path = indexPath(home);
  // Made here, so that it is private from the first moment; SQLite gives its side files the same mode.
  closeSync(openSync(path, "a", 0o600));
  return using(path, work);
};

const isUnusable = (error: unknown): boolean => {
  const code = sqliteCode(error);
  return error instanceof IndexDamaged || code === SQLITE_CORRUPT || code === SQLITE_NOTADB || code === SQLITE_ERROR;
};

/**
 * Runs `work` on the index of `home`. The index is only a memory of the logs: one that is damaged or of another make
 * is deleted and begun anew, and where none can be kept (a read-only or busy disk) an empty one in memory serves this
 * call. So `work` may run more than once, and no fault of the index reaches the caller.
 */
export const withIndex = <T>(home: string, work: (index: ThreadIndex) => T): T => {
  try {
    return usingFile(home, work);
  } catch (error) {
    if (isUnusable(error)) {
      try {
        for (const suffix of ["", "-wal", "-shm"]) rmSync(`${indexPath(home)}${suffix}`, { force: true });
        return usingFile(home, work);
      } catch {
        // Fall through to memory.
      }
    }
    return using(":memory:", work);
  }
};
