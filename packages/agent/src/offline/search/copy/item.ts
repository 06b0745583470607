import fs from "node:fs";

/** One entry of a tree that is to be copied; `path` is relative to the root. */
export type Item =
  | { readonly kind: "folder"; readonly path: string }
  | {
      readonly kind: "file";
      readonly path: string;
      /** Absolute. */
      readonly source: string;
      readonly size: number;
      readonly mtimeMs: number;
      readonly mode: number;
    }
  /** `target` is what the link in the copy holds. */
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  /** A small file for what is left out, so that it shows when it is removed or altered. */
  | { readonly kind: "stand-in"; readonly path: string };

/** Where a path leads in the end; undefined when nowhere. */
export function realPath(file: string): string | undefined {
  try {
    return fs.realpathSync(file);
  } catch {
    return undefined;
  }
}
