import type { Shim } from "../modules.ts";
import type { Reporter } from "../suite.ts";

/**
 * How the tests of one framework are found and run inside the worker. `shims` stand in for the framework's own modules
 * and stay the same objects for the life of the process; `begin` is called before a file is loaded, `finish` after.
 */
export type FrameworkAdapter = {
  readonly shims: ReadonlyMap<string, Shim>;
  begin(file: string, reporter: Reporter): void;
  finish(reporter: Reporter): Promise<void>;
  /** The file is run like `node file`: as the main module, and it is its own test. */
  readonly main: boolean;
};
