import { closeSync, constants, lstatSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { basename, dirname, relative } from "node:path";
import type { Folder } from "../patch/open-folder.ts";
import { isWithin } from "./paths.ts";
import { execLine, type Finding } from "./planted.ts";
import { nameOnDisk } from "./raw-names.ts";
import { createSteps } from "./steps.ts";

/** What something dangerous is called afterwards, so that git no longer sees it and a person can look at it. */
export const quarantineSuffix = ".fettle-quarantined";

const entry = (folder: Folder, name: string): Buffer => folder.childBytes(nameOnDisk(name));

/** A name has at most 255 bytes. */
const longestName = 200;

const freeName = (folder: Folder, name: string): string => {
  const start = nameOnDisk(name).length > longestName ? name.slice(0, longestName / 4) : name;
  for (let number = 1; ; number += 1) {
    const candidate = `${start}${quarantineSuffix}${number === 1 ? "" : `-${number}`}`;
    if (lstatSync(entry(folder, candidate), { throwIfNoEntry: false }) === undefined) return candidate;
  }
};

const withoutExecLines = (folder: Folder, name: string, aside: string): void => {
  const text = readFileSync(entry(folder, aside), "utf8");
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = openSync(entry(folder, name), flags, 0o644);
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

/** A name may hold line breaks and what a terminal obeys. */
export const shown = (path: string): string => path.toWellFormed().replace(/\p{Cc}/gu, "?");

/**
 * Puts the findings aside and says so, a line each. A command that still runs beside may exchange folders for links
 * meanwhile, so the way from one of `tops` is gone step by step and never through a link.
 */
export const quarantine = (findings: readonly Finding[], tops: readonly [string, ...string[]]): string[] => {
  const steps = createSteps();
  const aside = ({ path, why, how }: Finding): string | null => {
    const top = tops.find((place) => isWithin(path, place)) ?? tops[0];
    const what = `a command planted ${shown(relative(top, path))} (${shown(why)}), which git`;
    try {
      const folder = steps.to(top, dirname(path));
      const name = basename(path);
      if (how === "unlink") {
        unlinkSync(entry(folder, name));
        return `${what} would write through; it is gone now`;
      }
      const target = freeName(folder, name);
      renameSync(entry(folder, name), entry(folder, target));
      if (how === "drop-exec-lines") withoutExecLines(folder, name, target);
      return `${what} or an editor would act on; it is called ${shown(target)} now`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      return `${what} or an editor would act on; it could not be put aside (${(error as NodeJS.ErrnoException).code}): do not go there`;
    }
  };
  try {
    const paths = new Map(findings.map((finding) => [finding.path, finding]));
    return [...paths.values()].map(aside).filter((line) => line !== null);
  } finally {
    steps.close();
  }
};
