import type { LoggedEvent, ThreadEvent } from "@fettle/protocol";

/*
 * A thread on disk: FETTLE_HOME/threads/YYYY/MM/DD/<id>.jsonl (the day in UTC), one event a line, and beside it a
 * folder <id>/ with whole outputs (outputs/<item id>.txt) and the lock. The log is the truth; the index
 * (FETTLE_HOME/index.sqlite) is rebuilt from it.
 */

/** The one writer of a thread. Holds the thread's lock until `close` or the process's death. */
export type ThreadLog = {
  readonly id: string;
  readonly path: string;
  /**
   * Writes the event before it returns (a killed process loses nothing that was returned). Throws
   * `ThreadStorageError` when the disk refuses, the log being left as it was; and a `TypeError`, which is a bug of the
   * caller, for a transient event or one that the schema does not accept.
   */
  append(event: ThreadEvent): LoggedEvent;
  /** Forces what was written to the disk (a lost machine loses nothing before it). */
  sync(): void;
  /** Where whole outputs lie; made with the first of them. */
  readonly outputFolder: string;
  /** The path for an item's whole output; makes the folder. */
  outputPath(itemId: string): string;
  close(): void;
};

export type OpenFailure = {
  readonly ok: false;
  readonly code: "not_found" | "locked" | "corrupt" | "ambiguous";
  /** One line with the remedy. */
  readonly message: string;
};

export type OpenedThread = {
  readonly ok: true;
  readonly log: ThreadLog;
  /** All stored events in order, parsed. */
  readonly events: LoggedEvent[];
  /** Bytes of a torn last line that were cut. */
  readonly cutBytes: number;
};

export type ThreadSummary = {
  readonly id: string;
  readonly path: string;
  readonly cwd: string;
  /** First words of the first prompt, or the given title. */
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly turns: number;
  readonly model: string;
  /** The thread that this one helps. */
  readonly parent: string | null;
  /** How the last turn stands. `interrupted`: a person stopped it, or its process ended before it did. */
  readonly state: "completed" | "failed" | "running" | "interrupted" | "empty";
};
