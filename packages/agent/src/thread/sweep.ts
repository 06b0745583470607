import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isLocked } from "./lock.ts";
import { errorCode } from "./storage-error.ts";
import { isThreadId, type ThreadFiles, threadFiles, threadIdTime } from "./thread-files.ts";

/** A thread without a log is being begun right now, or its process was killed just then. */
const beginningMs = 3_600_000;

/** Takes a thread from the disk: log, outputs and all. The log goes last, so that a sweep finds what a kill leaves. */
export const removeFiles = (files: ThreadFiles): void => {
  rmSync(files.folder, { recursive: true, force: true });
  rmSync(files.torn, { force: true });
  rmSync(files.log, { force: true });
};

/** In this order: a log is made only under the lock, so that one without it belongs to nobody any more. */
const isAbandoned = (files: ThreadFiles): boolean =>
  (existsSync(files.log) || Date.now() - threadIdTime(files.id) > beginningMs) && !isLocked(files.folder);

/** Removes the threads in this folder whose processes have died. What cannot be removed stays for the next time. */
export const sweepEphemeral = (root: string): void => {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  const ids = new Set(names.map((name) => name.split(".")[0] ?? "").filter(isThreadId));
  for (const id of ids) {
    const files = threadFiles(join(root, `${id}.jsonl`));
    try {
      if (isAbandoned(files)) removeFiles(files);
    } catch {
      // Another process sweeps too, or the disk refuses: this run does not depend on it.
    }
  }
};
