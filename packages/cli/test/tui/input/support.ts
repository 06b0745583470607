import assert from "node:assert/strict";
import type { Choice, Editor, EditorEffect, EditorPorts, Key, ViewSettings } from "../../../src/tui/contract.ts";
import { createEditor } from "../../../src/tui/input/editor.ts";
import { readKeymap } from "../../../src/tui/input/keymap.ts";
import { createKeyDecoder } from "../../../src/tui/input/keys.ts";

/* The editor as a terminal drives it: bytes in, rows and effects out. */

export const keymap = (own: Readonly<Record<string, string>> = {}) => {
  const read = readKeymap(own);
  assert.ok(read.ok, JSON.stringify(read));
  return read.keymap;
};

export const settings = (columns = 40): ViewSettings => ({
  columns,
  verbosity: "normal",
  colours: "none",
  plain: false,
});

/** The keys of some bytes, after which nothing comes for a while. */
export const keysOf = (bytes: string | Uint8Array): readonly Key[] => {
  const decoder = createKeyDecoder();
  const { keys } = decoder.push(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
  return [...keys, ...decoder.flush().keys];
};

const fittingFiles =
  (paths: readonly string[]) =>
  (query: string): readonly Choice[] =>
    paths.filter((path) => path.includes(query)).map((path) => ({ insert: path, label: path, detail: "" }));

export type Driven = {
  readonly editor: Editor;
  /** Types bytes; the effects, and `false` for each key that means nothing. */
  readonly type: (bytes: string) => readonly (EditorEffect | false)[];
  readonly rows: (columns?: number, most?: number) => readonly string[];
  /** The text with a bar where the cursor is. */
  readonly marked: () => string;
};

export const drive = (ports: Partial<EditorPorts> & { readonly paths?: readonly string[] } = {}): Driven => {
  const usual: EditorPorts = {
    history: [],
    typed: () => {},
    commands: [],
    skills: () => [],
    files: fittingFiles(ports.paths ?? []),
    changed: () => {},
    picture: () => null,
    vim: false,
    keymap: keymap(),
    running: () => false,
  };
  // Getters stay what they are: some ports change while the program runs.
  const editor = createEditor(Object.defineProperties(usual, Object.getOwnPropertyDescriptors(ports)));
  const type = (bytes: string): (EditorEffect | false)[] =>
    keysOf(bytes)
      .map((key) => editor.key(key))
      .filter((done) => done !== true);
  return {
    editor,
    type,
    rows: (columns = 40, most = 10) => editor.view(settings(columns), most).rows,
    marked: () => {
      type("\u2038");
      const text = editor.text().replace("\u2038", "|");
      type("\u007f");
      return text;
    },
  };
};

export const pasted = (text: string): string => `\u001b[200~${text}\u001b[201~`;
export const up = "\u001b[A";
export const down = "\u001b[B";
export const left = "\u001b[D";
export const right = "\u001b[C";
export const home = "\u001b[H";
export const end = "\u001b[F";
export const textStart = "\u001b[1;5H";
export const textEnd = "\u001b[1;5F";
export const ctrl = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 0x1f);
