import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod/mini";
import { isWithinAny, lookAt } from "./paths.ts";
import { type Placeholder, removePlaceholder } from "./placeholders.ts";
import { removePrivateFolder } from "./private-folder.ts";
import type { Writing } from "./tree-facts.ts";

/*
 * What a process has put on the disk for its sandboxes, written down before it is made: a process that is killed
 * leaves its placeholders and its private folder behind, and the next one removes them. And the commands that write:
 * nobody has looked at what they left then, and the next one does that too.
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
  /** Removes it but for placeholders that must stay; throws never. Commands that nobody has looked after stay known. */
  close(writings: readonly Writing[], placeholders: readonly Placeholder[]): void;
  /**
   * Roots in which commands of other processes write. What stands there keeps those out of its place as well: to take
   * it away would take away their mounts.
   */
  othersWrite(): string[];
};

const folderOf = (stateDir: string): string => join(stateDir, "sandbox");

/** Of processes that have ended: what their last commands may have left. */
const leftOf = (stateDir: string): string => join(stateDir, "uninspected");

/** A kill in the midst of it, or another process that reads meanwhile, must not lose what is written down already. */
const writeEntry = (path: string, content: unknown): void => {
  const draft = `${path}.new-${process.pid}`;
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  renameSync(draft, path);
};

let journals = 0;

export const openJournal = (stateDir: string): Journal => {
  journals += 1;
  const folder = folderOf(stateDir);
  const path = join(folder, `${process.pid}-${journals}.json`);
  const startTicks = startTicksOf(process.pid) ?? "";
  const write = (content: Parameters<Journal["record"]>[0] & { startTicks: string }): void => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeEntry(path, { pid: process.pid, ...content });
  };
  return {
    record: (content) => write({ startTicks, ...content }),
    othersWrite: () => rootsOfWriters(folder, basename(path)),
    close(writings, placeholders) {
      try {
        leave(stateDir, basename(path), writings);
        // Nobody's any more: whoever sweeps next removes them.
        const left = { startTicks: "", privateFolder: null, placeholders, writings: [] };
        if (placeholders.length > 0) write(left);
        else removeEntry(path);
      } catch {
        // A full disk: then it stays, and the next process sweeps it.
      }
    },
  };
};

const leave = (stateDir: string, name: string, writings: readonly Writing[]): void => {
  if (writings.length === 0) return;
  mkdirSync(leftOf(stateDir), { recursive: true, mode: 0o700 });
  writeFileSync(join(leftOf(stateDir), `${Date.now()}-${name}`), JSON.stringify(writings), { mode: 0o600 });
};

const parsed = <T>(path: string, schema: z.ZodMiniType<T>): T | null => {
  try {
    return z.safeParse(schema, JSON.parse(readFileSync(path, "utf8"))).data ?? null;
  } catch {
    return null;
  }
};

/** Another process may have swept meanwhile. */
const removeEntry = (path: string): void => {
  rmSync(path, { force: true });
};

const namesIn = (folder: string): string[] =>
  lookAt(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];

const isAlive = ({ pid, startTicks }: { pid: number; startTicks: string }): boolean => startTicksOf(pid) === startTicks;

const rootsOfWriters = (folder: string, own: string): string[] =>
  namesIn(folder)
    .filter((name) => name !== own)
    .map((name) => parsed(join(folder, name), entry))
    .filter((found) => found !== null && isAlive(found))
    .flatMap((found) => found?.writings.map(({ root }) => root) ?? []);

/** Removes what processes that no longer exist have left. A torn entry is dropped: it was written before anything else. */
export const sweepJournals = (stateDir: string): void => {
  const folder = folderOf(stateDir);
  const busy = rootsOfWriters(folder, "");
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const found = parsed(path, entry);
    if (found && isAlive(found)) continue;
    const staying = found?.placeholders.filter((placeholder) => isWithinAny(placeholder.path, busy)) ?? [];
    if (found) {
      // Deepest first, so that a folder is empty when its turn comes.
      for (const placeholder of [...found.placeholders].reverse())
        if (!staying.includes(placeholder)) removePlaceholder(placeholder);
      if (found.privateFolder !== null && /\/fettle-[A-Za-z0-9]{6}$/.test(found.privateFolder)) {
        removePrivateFolder(found.privateFolder);
      }
      leave(stateDir, name, found.writings);
    }
    if (found && staying.length > 0)
      writeEntry(path, { ...found, privateFolder: null, placeholders: staying, writings: [] });
    else removeEntry(path);
  }
};

/** Commands of a process that ended before what they left was looked through. */
export type Left = { readonly writings: readonly Writing[]; forget(): void };

/** Those of processes that were swept or ended at once. They stay written down until they are forgotten. */
export const readLeft = (stateDir: string): Left[] =>
  namesIn(leftOf(stateDir)).map((name) => {
    const path = join(leftOf(stateDir), name);
    const writings = parsed(path, z.array(writing)) ?? [];
    return { writings, forget: () => removeEntry(path) };
  });
