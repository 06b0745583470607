/** One line of a hunk. `line` is its 1-based line in the patch text. */
export type PatchLine = { readonly kind: "context" | "remove" | "add"; readonly text: string; readonly line: number };

/** One place of a file to change. */
export type PatchChunk = {
  /** Texts of the `@@` markers above it, outermost first; each is looked for after the one before. */
  readonly contexts: readonly string[];
  readonly lines: readonly PatchLine[];
  /** The old lines must be the last ones of the file. */
  readonly endOfFile: boolean;
  /** 1-based line in the patch text. */
  readonly line: number;
};

export type PatchOperation =
  | { readonly kind: "add"; readonly path: string; readonly content: string }
  | { readonly kind: "delete"; readonly path: string }
  | {
      readonly kind: "update";
      readonly path: string;
      readonly movePath?: string;
      readonly chunks: readonly PatchChunk[];
    };

export type ParsedPatch =
  | { readonly ok: true; readonly operations: readonly PatchOperation[] }
  /** `line` is the 1-based line of the patch text that is wrong. */
  | { readonly ok: false; readonly message: string; readonly line: number };
