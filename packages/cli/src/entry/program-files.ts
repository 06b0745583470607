import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/*
 * Where this program's own files lie: in a clone, or beside the bundle. The bundler defines FETTLE_BUNDLED_VERSION.
 */

declare const FETTLE_BUNDLED_VERSION: string | undefined;

const here = import.meta.dirname;
const bundled = typeof FETTLE_BUNDLED_VERSION === "string";

const versionOfSource = (): string => {
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
  return version;
};

/** This program's version, as `fettle --version` prints it after its name. */
export const version: string = typeof FETTLE_BUNDLED_VERSION === "string" ? FETTLE_BUNDLED_VERSION : versionOfSource();

/** The command that starts the offline engine's search as a process of its own; its arguments are to be appended. */
export const searchProgram = (): string[] => {
  const flags = ["--disable-warning=ExperimentalWarning"];
  // Every file of a bundle lies in one folder, shared chunks included.
  const file = bundled ? join(here, "offline-search.mjs") : join(here, "../../../agent/src/offline/search/main.ts");
  return [process.execPath, ...flags, file];
};

/**
 * Absolute folders that must be readable inside a sandbox for `searchProgram` to run: this program's own and that of
 * Node.js. Symbolic links are resolved, and a folder inside another one of the list is left out.
 */
export const programRoots = (): string[] => {
  const clone = join(here, "../../../..");
  const folders = bundled ? [here] : [join(clone, "packages"), join(clone, "node_modules")];
  const roots = folders.map((folder) => realpathSync(folder));
  const node = dirname(realpathSync(process.execPath));
  return roots.some((root) => node.startsWith(`${root}/`)) ? roots : [...roots, node];
};
