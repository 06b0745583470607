import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { lookAt } from "./paths.ts";
import { type Placeholder, removePlaceholder } from "./placeholders.ts";
import { removePrivateFolder } from "./private-folder.ts";

/*
 * What a process has put on the disk for its sandboxes, written down before it is made: a process that is killed
 * leaves its placeholders and its private folder behind, and the next one removes them.
 */

const entry = z.object({
  pid: z.number(),
  /** Field 22 of /proc/PID/stat: tells a process from a later one with the same number. */
  startTicks: z.string(),
  privateFolder: z.nullable(z.string()),
  placeholders: z.array(z.object({ path: z.string(), content: z.nullable(z.string()) })),
});

/** Null when there is no such process. */
const startTicksOf = (pid: number): string | null => {
  try {
    // The second field is the program's name in parentheses and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\)/s, "").trim().split(" ");
    // A process of which only the exit code is left (Z) does nothing any more.
    return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
};

export type Journal = {
  /** Replaces what is written. The file is on the disk before this returns. */
  record(content: { privateFolder: string | null; placeholders: readonly Placeholder[] }): void;
  remove(): void;
};

const folderOf = (stateDir: string): string => join(stateDir, "sandbox");

let journals = 0;

export const openJournal = (stateDir: string): Journal => {
  journals += 1;
  const folder = folderOf(stateDir);
  const path = join(folder, `${process.pid}-${journals}.json`);
  const startTicks = startTicksOf(process.pid) ?? "";
  return {
    record(content) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(path, JSON.stringify({ pid: process.pid, startTicks, ...content }), { mode: 0o600 });
    },
    remove() {
      if (lookAt(path)) unlinkSync(path);
    },
  };
};

const parseEntry = (text: string): z.infer<typeof entry> | null => {
  try {
    return z.safeParse(entry, JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};

/** Removes what processes that no longer exist have left. A torn entry is dropped: it was written before anything else. */
export const sweepJournals = (stateDir: string): void => {
  const folder = folderOf(stateDir);
  if (!lookAt(folder)) return;
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".json")) continue;
    const path = join(folder, name);
    const found = parseEntry(readFileSync(path, "utf8"));
    if (found && startTicksOf(found.pid) === found.startTicks) continue;
    if (found) {
      // Deepest first, so that a folder is empty when its turn comes.
      for (const placeholder of [...found.placeholders].reverse()) removePlaceholder(placeholder);
      if (found.privateFolder !== null && /\/fettle-[A-Za-z0-9]{6}$/.test(found.privateFolder)) {
        removePrivateFolder(found.privateFolder);
      }
    }
    unlinkSync(path);
  }
};
