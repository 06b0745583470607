import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { lookAt } from "./paths.ts";
import { type Placeholder, removePlaceholder } from "./placeholders.ts";
import { removePrivateFolder } from "./private-folder.ts";
import type { Writing } from "./tree-facts.ts";

/*
 * What a process has put on the disk for its sandboxes, written down before it is made: a process that is killed
 * leaves its placeholders and its private folder behind, and the next one removes them. And the commands that write:
 * what they have left nobody has looked at then, and the next one does.
 */

const writing = z.object({
  root: z.string(),
  startedMs: z.number(),
  before: z.array(z.string()),
  made: z.array(z.string()),
  closed: z.array(z.string()),
});

const entry = z.object({
  pid: z.number(),
  /** Field 22 of /proc/PID/stat: tells a process from a later one with the same number. */
  startTicks: z.string(),
  privateFolder: z.nullable(z.string()),
  placeholders: z.array(z.object({ path: z.string(), content: z.nullable(z.string()) })),
  writings: z.array(writing),
});

type Entry = z.infer<typeof entry>;

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
  record(content: {
    privateFolder: string | null;
    placeholders: readonly Placeholder[];
    writings: readonly Writing[];
  }): void;
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
      removeEntry(path);
    },
  };
};

const parseEntry = (path: string): Entry | null => {
  try {
    return z.safeParse(entry, JSON.parse(readFileSync(path, "utf8"))).data ?? null;
  } catch {
    return null;
  }
};

/** Another process may have swept meanwhile. */
const removeEntry = (path: string): void => {
  rmSync(path, { force: true });
};

const removeLeft = ({ placeholders, privateFolder }: Entry): void => {
  // Deepest first, so that a folder is empty when its turn comes.
  for (const placeholder of [...placeholders].reverse()) removePlaceholder(placeholder);
  if (privateFolder !== null && /\/fettle-[A-Za-z0-9]{6}$/.test(privateFolder)) removePrivateFolder(privateFolder);
};

/** A command that wrote when its process was killed. */
export type Left = { readonly writing: Writing; forget(): void };

/**
 * Removes what processes that no longer exist have left, and tells which of their commands nobody has looked after.
 * Those stay written down until they are forgotten. A torn entry is dropped: it was written before anything else.
 */
export const sweepJournals = (stateDir: string): Left[] => {
  const folder = folderOf(stateDir);
  if (!lookAt(folder)) return [];
  return readdirSync(folder).flatMap((name): Left[] => {
    const path = join(folder, name);
    if (!name.endsWith(".json")) return [];
    const found = parseEntry(path);
    if (found && startTicksOf(found.pid) === found.startTicks) return [];
    if (found) removeLeft(found);
    const left = new Set(found?.writings.filter(({ root }) => lookAt(root) !== null));
    const keep = (): void => {
      if (left.size === 0 || found === null) removeEntry(path);
      else
        writeFileSync(path, JSON.stringify({ ...found, privateFolder: null, placeholders: [], writings: [...left] }));
    };
    keep();
    return [...left].map((one) => ({
      writing: one,
      forget: () => {
        left.delete(one);
        keep();
      },
    }));
  });
};
