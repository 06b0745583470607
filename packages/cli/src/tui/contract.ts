import type { Usage } from "@fettle/protocol";

/*
 * What the parts of the terminal program know of each other.
 *
 *   bytes → input/keys → app (keys of its own first) → input/editor → effects → app
 *   events → transcript (protocol) → views → rows → terminal/screen → bytes
 *
 * `views` and `transcript` are pure: the same events, width and settings give the same rows, live or replayed.
 */

/**
 * One row of the terminal: text, SGR colour sequences and OSC 8 links only, never wider than the columns it was made for.
 * Alone terminal/pictures.ts makes others.
 */
export type Row = string;

/** How much of what happened is shown; switched while it runs. */
export type Verbosity = "brief" | "normal" | "full";

export type ViewSettings = {
  readonly columns: number;
  readonly verbosity: Verbosity;
  readonly colours: "none" | "light" | "dark";
  /** For screen readers: words instead of marks, no moving parts. */
  readonly plain: boolean;
  /** US dollars for tokens by model; null when a price is not known. Absent: costs are not shown. */
  readonly costOf?: (models: ReadonlyMap<string, Usage>) => number | null;
};

/** What the views make of a transcript. `Place` is how far rows were written for good; see views/view-rows.ts. */
export type ViewRows<Place> = {
  /** Rows that will not change any more, after those of `from`: they go into the terminal's own scrollback. */
  readonly settled: readonly Row[];
  /** The next `from`. */
  readonly place: Place;
  /** Rows of what is still running, below them. */
  readonly live: readonly Row[];
};

/** A key as it was meant. `name`: `a`, `enter`, `up`, `f1`, `paste` (its text in `text`), `focus`, `blur`. */
export type Key = {
  readonly name: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
  /** What it types; empty for a key that types nothing. */
  readonly text: string;
};

/** Where a key has a meaning: `menu` comes before `editor` while a list of choices is open. */
export type KeyScope = "editor" | "menu" | "app";

/** Which key does what. */
export type Keymap = {
  /** The name of the action that a key has in a scope; null: none. */
  readonly action: (key: Key, scope: KeyScope) => string | null;
  /** The keys of an action as they are spelled, for help. */
  readonly keysOf: (name: string) => readonly string[];
};

/** What the editor wants done. Its text stays until the app takes it. */
export type EditorEffect =
  /** Enter: start a turn, or steer the running one. */
  | { readonly type: "submit"; readonly text: string; readonly images: readonly string[] }
  /** Tab while a turn runs: for the turn after it. */
  | { readonly type: "queue"; readonly text: string; readonly images: readonly string[] }
  /** `!`: a command of the person's own, in the sandbox. */
  | { readonly type: "shell"; readonly script: string }
  /** `/name words`. */
  | { readonly type: "command"; readonly name: string; readonly words: string; readonly images: readonly string[] }
  /** The text is to be written in the person's own editor. */
  | { readonly type: "external"; readonly text: string }
  /** The picture in the clipboard is wanted: the app writes it to a file and gives that to `attach`. */
  | { readonly type: "picture" };

export type Choice = { readonly insert: string; readonly label: string; readonly detail: string };

export type EditorPorts = {
  /** What was typed before, newest last. */
  readonly history: readonly string[];
  /** Gets what becomes part of it, pictures as their paths. */
  readonly typed: (text: string) => void;
  /** `/`. */
  readonly commands: readonly Choice[];
  /** `$`. */
  readonly skills: () => readonly Choice[];
  /** `@`: paths of the workspace, relative, best first. Answers within a frame from what it knows; calls `changed` when it knows more. */
  readonly files: (query: string) => readonly Choice[];
  readonly changed: () => void;
  /** The absolute path of a picture that a pasted or dropped path names; null when there is none. */
  readonly picture: (path: string) => string | null;
  /** vi's keys. Looked at with every key, as `keymap` is: both may be known only after the first ones. */
  readonly vim: boolean;
  /** Which key does what; `readKeymap` (input/keymap.ts) makes it of the person's own keys. */
  readonly keymap: Keymap;
  /** Whether a turn runs, which decides what Tab does. */
  readonly running: () => boolean;
};

export type EditorView = {
  readonly rows: readonly Row[];
  /** Where the cursor is, in `rows` and in cells. */
  readonly cursor: { readonly row: number; readonly column: number };
  /** The open list of choices, below; empty when there is none. */
  readonly menu: readonly Row[];
  /** What keys do now, for the footer. */
  readonly mode: "text" | "shell" | "search" | "vim-normal" | "vim-visual";
};

export type Editor = {
  /** False: the key means nothing here. */
  readonly key: (key: Key) => EditorEffect | boolean;
  readonly view: (settings: ViewSettings, maxRows: number) => EditorView;
  /** The whole text, folded pastes unfolded. */
  readonly text: () => string;
  /** Another text instead, in which labels of its pictures stand for them; undo brings the one before back. */
  readonly set: (text: string) => void;
  /** The pictures in the text, by their absolute paths. */
  readonly images: () => readonly string[];
  /** A picture at the cursor; `path` is absolute. */
  readonly attach: (path: string) => void;
  /** The text was taken, or is put away: Up brings it back. */
  readonly clear: () => void;
  /** Whether a list of choices is open, which Escape closes first. */
  readonly menuOpen: () => boolean;
};

/** The terminal as an inline screen: rows that stay above, rows that are drawn anew below. */
export type Screen = {
  /** Puts rows above the live ones, for good. */
  readonly commit: (rows: readonly Row[]) => void;
  /** Draws what is below; writes only what differs from what stands there. `cursor` null: hidden. */
  readonly draw: (rows: readonly Row[], cursor: { readonly row: number; readonly column: number } | null) => void;
  /** The alternate screen, for what is looked at whole; null goes back. */
  readonly full: (rows: readonly Row[] | null) => void;
  /** The terminal has another size: what is below is drawn anew. */
  readonly resized: () => void;
  /** Others wrote on the terminal: nothing is known of what stands there, and the next drawing begins below it. */
  readonly lost: () => void;
  /** Leaves the terminal as it was found, the cursor below the last row. */
  readonly close: () => void;
};

export type ScreenPorts = {
  readonly write: (bytes: string) => void;
  readonly size: () => { readonly columns: number; readonly rows: number };
};
