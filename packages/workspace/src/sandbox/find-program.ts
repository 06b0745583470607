import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { isWithinAny, realPathOf } from "./paths.ts";

/*
 * Programs that run outside of the sandbox. The search path may hold folders that commands write to (`npx` puts
 * `node_modules/.bin` in front), so none is ever started by its bare name.
 */

const writable = new Set<string>();

/** From now on no program in `folder`, which commands write to, is taken for one of the user's. */
export const neverRunFrom = (folder: string): void => {
  writable.add(folder);
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const isTrusted = (folder: string): boolean => {
  const path = isAbsolute(folder) ? realPathOf(folder) : null;
  return path !== null && !isWithinAny(path, [...writable]);
};

/** A search path without the folders that commands write to, and without relative ones. */
export const searchPathOutside = (searchPath: string): string =>
  searchPath.split(delimiter).filter(isTrusted).join(delimiter);

/** The path of a program that runs outside of the sandbox; null when there is none. */
export const findProgram = (name: string, searchPath = process.env.PATH ?? ""): string | null => {
  // The system's own first: it is nearly always there, and one look finds it.
  const system = ["/usr/bin", "/bin", "/usr/local/bin"].map((folder) => join(folder, name)).find(isExecutable);
  if (system !== undefined) return system;
  const folders = searchPath.split(delimiter).filter(isTrusted);
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
};

/** The same for a program that is taken for granted: where it is missing, starting the result fails with ENOENT. */
export const programPath = (name: string): string => findProgram(name) ?? join("/usr/bin", name);
