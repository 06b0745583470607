import { realpathSync, statSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import type { EventOf, ToldFile } from "@fettle/protocol";
import type { ThreadState } from "../thread-state.ts";
import { sha256 } from "../trust/store.ts";
import { withIncludes } from "./includes.ts";
import { type NestedPlaces, tellFiles } from "./load.ts";
import { nestedOpening } from "./openings.ts";
import type { Place } from "./places.ts";
import { type Found, findIn, isInside, readText } from "./read.ts";
import { section } from "./shares.ts";
import type { ToldFiles } from "./told-files.ts";

/* The instruction files of folders below or beside the workspace's own, told when the work gets there. */

/** What belongs to others instructs nobody here. */
const foreign = new Set([".git", "node_modules", "site-packages", ".venv", "venv", "vendor"]);

/** The real folder that a name leads to or lies in; null when the repository has nothing of that name. */
const folderOf = ({ base, path }: Place, { root, cwd }: NestedPlaces): string | null => {
  const absolute = resolve(base ?? cwd, path);
  // Most words are no names at all, and nothing is looked at elsewhere.
  if (!isInside(root, absolute) || absolute.includes("\0")) return null;
  try {
    const stats = statSync(absolute, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    const real = realpathSync.native(stats.isDirectory() ? absolute : dirname(absolute));
    const names = relative(root, real).split(sep);
    return isInside(root, real) && !names.some((name) => foreign.has(name)) ? real : null;
  } catch {
    return null;
  }
};

/** From the root down to `folder`, which lies in it. */
const folderChain = (root: string, folder: string): string[] => {
  const chain = [folder];
  for (let at = folder; at !== root && at !== dirname(at); ) {
    at = dirname(at);
    chain.unshift(at);
  }
  return chain;
};

/** Folders that the work has entered, each after those that it lies in. */
const foldersEntered = (entered: readonly Place[], places: NestedPlaces): string[] => {
  const folders = new Set<string>();
  for (const place of entered) {
    const folder = folderOf(place, places);
    if (folder !== null && !folders.has(folder)) for (const one of folderChain(places.root, folder)) folders.add(one);
  }
  return [...folders].sort((a, b) => a.split(sep).length - b.split(sep).length || (a < b ? -1 : 1));
};

const sumOf = ({ bytes, head }: Found): string => sha256(Buffer.concat([Buffer.from(`${bytes} `), head]));

/** What was told before and says something else by now; `gone` is what is not there any more. */
const lookAgain = (told: ReadonlyMap<string, ToldFile>, places: NestedPlaces, taken: ReadonlySet<string>) => {
  const files: Found[] = [];
  const gone: string[] = [];
  for (const [path, file] of told) {
    if (taken.has(path)) continue;
    const found = readText(path, { boundary: places.root, maxBytes: places.maxBytes, notices: [] });
    if (found?.path === path) files.push(found);
    else if (file.sha256 !== "") gone.push(path);
  }
  return { files, gone };
};

const heading = `${nestedOpening}, from the widest to the nearest; for what lies in a folder, its own count more than those told before. Where a file was told before, this is what it says now.`;

/** What is to be told, as the event that tells it, and a line each for the person. */
export type NestedNews = {
  readonly event: EventOf<"input.added"> | null;
  readonly notices: readonly string[];
};

/**
 * The instruction files that hold where the work now is and that the model does not know as they stand, within what is
 * left of the budget.
 */
export const nestedNews = (files: Pick<ToldFiles, "latest" | "entered">, places: NestedPlaces): NestedNews => {
  const told = files.latest("instructions");
  const entered = files.entered();
  if (entered.length === 0 && told.size === 0) return { event: null, notices: [] };
  const refusals: string[] = [];
  const taken = new Set(places.told);
  const reading = { boundary: places.root, maxBytes: places.maxBytes, notices: refusals };
  const found: Found[] = [];
  for (const folder of foldersEntered(entered, places)) {
    const file = findIn(folder, places.names, reading);
    if (file !== null && !taken.has(file.path)) found.push(...withIncludes(file, reading, taken));
  }
  const again = lookAgain(told, places, taken);
  const fresh = [...found, ...again.files].filter(
    (file) => file.bytes > 0 && told.get(file.path)?.sha256 !== sumOf(file),
  );
  const paths = new Set(fresh.map(({ path }) => path));
  const known = [...told.values()].filter(({ path }) => !paths.has(path));
  const budget = places.maxBytes - known.reduce((sum, file) => sum + file.used_bytes, 0);
  const { sections, sources, notices } = tellFiles(fresh, budget, places.cwd);
  const gone = again.gone.map((path) =>
    section("instructions", { path, bytes: 0 }, "[this file is gone: what it said no longer holds]", 0),
  );
  const event: EventOf<"input.added"> = {
    type: "input.added",
    role: "developer",
    content: [{ type: "text", text: [heading, ...sections, ...gone].join("\n\n") }],
    told: [
      ...sources.map(({ path, bytes, usedBytes }, at): ToldFile => {
        const file = fresh[at];
        const sum = file === undefined ? "" : sumOf(file);
        return { kind: "instructions", path, sha256: sum, bytes, used_bytes: usedBytes };
      }),
      ...again.gone.map((path): ToldFile => ({ kind: "instructions", path, sha256: "", bytes: 0, used_bytes: 0 })),
    ],
  };
  return { event: sections.length + gone.length === 0 ? null : event, notices: [...refusals, ...notices] };
};

type Teller = Pick<ThreadState, "told" | "emit" | "notice">;

/** Tells the model what it has to know before its next answer; people read each notice once. */
export const createNestedTeller = (state: Teller, places: NestedPlaces | null): (() => void) => {
  const noticed = new Set(places?.notices);
  // Where a secret stands in a path, the log does not have the path as it is.
  const own = new Map<string, ToldFile>();
  const latest: ToldFiles["latest"] = (kind) => new Map([...state.told.latest(kind), ...own]);
  return () => {
    if (places === null) return;
    const { event, notices } = nestedNews({ latest, entered: state.told.entered }, places);
    if (event !== null) state.emit(event);
    for (const file of event?.told ?? []) own.set(file.path, file);
    for (const line of notices) {
      if (!noticed.has(line)) state.notice(line);
      noticed.add(line);
    }
  };
};
