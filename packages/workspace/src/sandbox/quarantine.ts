import { closeSync, constants, lstatSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
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

/**
 * Puts the findings aside and says so, a line each. A command that still runs beside may exchange folders for links
 * meanwhile, so the way from one of `tops` is gone step by step and never through a link.
 */
export const quarantine = (findings: readonly Finding[], tops: readonly [string, ...string[]]): string[] => {
  const cache = createFolderCache();
  const aside = ({ path, why, how }: Finding): string | null => {
    const top = tops.find((place) => isWithin(path, place)) ?? tops[0];
    try {
      const steps = relative(top, dirname(path))
        .split(sep)
        .filter((step) => step !== "");
      const folder = steps.reduce((at, step) => cache.child(at, step), cache.root(top));
      const name = basename(path);
      const target = freeName(folder, name);
      renameSync(folder.child(name), folder.child(target));
      if (how === "drop-exec-lines") withoutExecLines(folder, name, target);
      return `a command planted ${relative(top, path)} (${why}), which git would act on; it is called ${target} now`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      return `a command planted ${relative(top, path)} (${why}), which git would act on; it could not be put aside (${(error as NodeJS.ErrnoException).code}): do not use git in that folder`;
    }
  };
  try {
    const paths = new Map(findings.map((finding) => [finding.path, finding]));
    return [...paths.values()].map(aside).filter((line) => line !== null);
  } finally {
    cache.close();
  }
};
