import path from "node:path";
import { parseArgs } from "node:util";

export type SearchOptions = {
  /** Absolute. */
  readonly root: string;
  /** The command whose failure is to be mended. */
  readonly test: string;
  readonly seconds: number;
  readonly seed: number;
  /** Only these files may change (patterns relative to the root); all when empty. */
  readonly files: readonly string[];
};

export const USAGE = "usage: search --root DIR --test CMD [--seconds 20] [--seed 1] [--file GLOB ...]";

/** Reads the command line. An `error` says what is wrong with it. */
export function parseOptions(args: readonly string[]): SearchOptions | { readonly error: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        root: { type: "string", default: "." },
        test: { type: "string" },
        seconds: { type: "string", default: "20" },
        seed: { type: "string", default: "1" },
        file: { type: "string", multiple: true, default: [] },
      },
    });
    const seconds = Number(values.seconds);
    const seed = Number(values.seed);
    if (values.test === undefined || values.test.trim() === "") return { error: "--test is missing" };
    if (!(seconds > 0 && seconds <= 86_400)) return { error: "--seconds must be a number between 0 and 86400" };
    if (!Number.isInteger(seed)) return { error: "--seed must be a whole number" };
    return { root: path.resolve(values.root), test: values.test, seconds, seed, files: values.file };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
