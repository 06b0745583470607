import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, relative, sep } from "node:path";
import { createFolderCache, type Folder } from "../patch/open-folder.ts";
import { isWithin } from "./paths.ts";
import { execLine, type Finding } from "./planted.ts";

/** What something dangerous is called afterwards, so that git no longer sees it and a person can look at it. */
export const quarantineSuffix = ".fettle-quarantined";

const freeName = (folder: Folder, name: string): string => {
  for (let number = 1; ; number += 1) {
    const candidate = `${name}${quarantineSuffix}${number === 1 ? "" : `-${number}`}`;
    if (lstatSync(folder.child(candidate), { throwIfNoEntry: false }) === undefined) return candidate;
  }
};

const withoutExecLines = (folder: Folder, name: string, aside: string): void => {
  const text = readFileSync(folder.child(aside), "utf8");
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = openSync(folder.child(name), flags, 0o644);
  try {
    writeSync(
      file,
      text
        .split("\n")
        .filter((line) => !execLine.test(line))
        .join("\n"),
    );
  } finally {
    closeSync(file);
  }
};

/** Opens a folder for nothing but to be named. Node has no name for this one. */
const O_PATH = 0o10000000;

/** Makes a folder of the user's listable, reached as below. Errors only mean that it stays as it is. */
export const openUp = (path: string, top: string): void => {
  const cache = createFolderCache();
  try {
    const flags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    // The top itself cannot be exchanged by a command, and cannot be stepped into while it is shut.
    const name = path === top ? top : stepTo(cache, top, dirname(path)).child(basename(path));
    const descriptor = openSync(name, flags);
    try {
      chmodSync(`/proc/self/fd/${descriptor}`, 0o700);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Gone meanwhile, or no folder any more.
  } finally {
    cache.close();
  }
};

const stepTo = (cache: ReturnType<typeof createFolderCache>, top: string, path: string): Folder =>
  relative(top, path)
    .split(sep)
    .filter((step) => step !== "")
    .reduce((at, step) => cache.child(at, step), cache.root(top));

/**
 * Puts the findings aside and says so, a line each. A command that still runs beside may exchange folders for links
 * meanwhile, so the way from one of `tops` is gone step by step and never through a link.
 */
export const quarantine = (findings: readonly Finding[], tops: readonly [string, ...string[]]): string[] => {
  const cache = createFolderCache();
  const aside = ({ path, why, how }: Finding): string | null => {
    const top = tops.find((place) => isWithin(path, place)) ?? tops[0];
    try {
      const folder = stepTo(cache, top, dirname(path));
      const name = basename(path);
      if (how === "unlink") {
        unlinkSync(folder.child(name));
        return `a command planted ${relative(top, path)} (${why}), which git would write through; it is gone now`;
      }
      const target = freeName(folder, name);
      renameSync(folder.child(name), folder.child(target));
      if (how === "drop-exec-lines") withoutExecLines(folder, name, target);
      return `a command planted ${relative(top, path)} (${why}), which git or an editor would act on; it is called ${target} now`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      return `a command planted ${relative(top, path)} (${why}), which git or an editor would act on; it could not be put aside (${(error as NodeJS.ErrnoException).code}): do not go there`;
    }
  };
  try {
    const paths = new Map(findings.map((finding) => [finding.path, finding]));
    return [...paths.values()].map(aside).filter((line) => line !== null);
  } finally {
    cache.close();
  }
};
