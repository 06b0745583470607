import type { Choice } from "../contract.ts";
import { createSearch, type Prepared, prepare, type Search } from "./fuzzy.ts";
import { listFiles } from "./list-files.ts";

/* What `@` finds: the workspace's files, listed in the background and searched a few milliseconds at a time. */

export type Mentions = {
  /** The best paths for what was typed, from what is known by now. Takes less than a frame; `changed` is called when there is more. */
  readonly find: (query: string) => readonly Choice[];
  /** Ends what still runs. */
  readonly close: () => void;
};

type MentionPorts = {
  /** Lists the files, some at a time; ends with the signal. */
  readonly list: (found: (paths: readonly string[]) => void, signal: AbortSignal) => Promise<void>;
  readonly changed: () => void;
  /** Milliseconds, of any beginning. */
  readonly now: () => number;
};

const mostChoices = 50;
const sliceMs = 6;
/** A list that is older is made anew with the next use. */
const freshMs = 10_000;

const choiceOf = (path: string): Choice => {
  const cut = path.lastIndexOf("/") + 1;
  return { insert: path, label: path.slice(cut), detail: path.slice(0, cut) };
};

type Running = { readonly query: string; readonly search: Search; through: boolean };

/** Finds files by parts of their names. Nothing is listed before the first use. */
export const createMentions = ({ list, changed, now }: MentionPorts): Mentions => {
  const ended = new AbortController();
  let files: Prepared[] = [];
  let listedAt: number | null = null;
  let listing = false;
  let running: Running | null = null;
  let next: NodeJS.Immediate | null = null;

  const refresh = async (): Promise<void> => {
    listing = true;
    const first = listedAt === null;
    const found: Prepared[] = first ? files : [];
    let told = 0;
    await list((paths) => {
      for (const path of paths) found.push(prepare(path));
      // The first time, what is there can be searched before all is, and each time it doubled is often enough.
      if (!first || found.length < 2 * told) return;
      told = found.length;
      grown();
    }, ended.signal);
    listing = false;
    listedAt = now();
    files = found;
    grown();
  };

  const grown = (): void => {
    if (ended.signal.aborted) return;
    running = null;
    changed();
  };

  const goOn = (): void => {
    next = null;
    if (running === null || running.through) return;
    step(running);
    changed();
  };

  const step = (search: Running): void => {
    const from = now();
    search.through = search.search.run(() => now() - from >= sliceMs);
    if (!search.through && next === null && !ended.signal.aborted) next = setImmediate(goOn);
  };

  /** What a shorter word did not find, a longer one does not find either. */
  const candidates = (query: string): readonly Prepared[] =>
    running?.through && query.toLowerCase().startsWith(running.query.toLowerCase()) ? running.search.matched() : files;

  return {
    find: (query) => {
      if (!listing && !ended.signal.aborted && (listedAt === null || now() - listedAt > freshMs)) void refresh();
      if (running?.query !== query) {
        running = { query, search: createSearch(candidates(query), query, mostChoices), through: false };
        step(running);
      }
      return running.search.best().map(choiceOf);
    },
    close: () => {
      ended.abort();
      if (next !== null) clearImmediate(next);
      next = null;
    },
  };
};

/** `createMentions` over a folder of this machine, which may be another one with each use. */
export const mentionsOf = (root: () => string, changed: () => void): Mentions => {
  const over = (folder: string) => ({
    folder,
    mentions: createMentions({
      list: (found, signal) => listFiles(folder, found, signal),
      changed,
      now: () => performance.now(),
    }),
  });
  let now = over(root());
  return {
    find: (query) => {
      if (now.folder !== root()) {
        now.mentions.close();
        now = over(root());
      }
      return now.mentions.find(query);
    },
    close: () => now.mentions.close(),
  };
};
