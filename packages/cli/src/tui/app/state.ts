import type { Answer } from "@fettle/agent";
import { type AutonomyLevel, createTranscript, type TranscriptFold } from "@fettle/protocol";
import type { Choice, Key, Keymap, Row, Verbosity, ViewSettings } from "../contract.ts";
import { type Answering, nothingAsked } from "../input/approval.ts";
import type { PictureKind } from "../terminal/pictures.ts";
import type { WrittenPlace } from "../views/view-rows.ts";

/* What the terminal program knows while it runs, apart from what is typed. */

/** Words of the person that the model has not got yet. */
export type Pending = {
  /** Their message's; empty while it is not known, and where there is none. */
  readonly id: string;
  readonly text: string;
  readonly images: readonly string[];
  /** `start`: they begin a turn that is being opened. */
  readonly at: "start" | "call" | "turn";
  /** They stay here until the turn ended: a message that is left for a thread has no pictures. */
  readonly held: boolean;
};

/** Something that fills the whole screen until it is closed. */
export type FullView = {
  readonly rows: (size: { readonly columns: number; readonly rows: number }) => readonly Row[];
  /** `close`: it is done with. */
  readonly key: (key: Key) => "close" | undefined;
};

export type ModelFacts = { readonly id: string; readonly window: number };

export type AppState = {
  transcript: TranscriptFold;
  /** How far the transcript stands in the scrollback; null: nothing of it. */
  written: WrittenPlace | null;
  /** When what runs was begun, in milliseconds of the clock, by its item. */
  readonly begun: Map<string, number>;
  /** Rows of fettle's own that go into the scrollback with the next frame. */
  said: Row[];
  /** Notices that were told; each is told once. */
  readonly noted: Set<string>;
  readonly pending: Pending[];
  /** Questions that wait, and what takes their answers. */
  answering: Answering;
  readonly answers: Map<string, (answer: Answer) => void>;
  /** When the first of them came up, in milliseconds of the clock. */
  askedAt: number;
  full: FullView | null;
  /** When the running turn began, in milliseconds of the clock; null while none runs. */
  runningSince: number | null;
  interrupting: boolean;
  /** Ends the following of a thread that runs in another process; null: what runs, runs here. */
  watching: (() => void) | null;
  model: ModelFacts | null;
  effort: string | null;
  /** Null while the configuration is not read yet. */
  autonomy: AutonomyLevel | null;
  /** What tokens cost; null: not known yet. */
  costOf: NonNullable<ViewSettings["costOf"]> | null;
  title: string;
  verbosity: Verbosity;
  colours: ViewSettings["colours"];
  /** How this terminal shows pictures; null: not at all. */
  readonly pictures: PictureKind | null;
  /** For screen readers. */
  plain: boolean;
  /** Another program has the terminal. */
  outside: boolean;
  /** Whether the terminal is looked at, as far as it says. */
  focused: boolean;
  /** The person's own keys, once they are read. */
  keymap: Keymap;
  vim: boolean;
  /** Where the thread works. */
  cwd: string;
  /** What `$` offers. */
  skills: readonly Choice[];
  /** A word that stands in the footer until the next key. */
  hint: string;
};

export const initialState = (given: Pick<AppState, "colours" | "plain" | "keymap" | "pictures" | "cwd">): AppState => ({
  transcript: createTranscript(),
  written: null,
  begun: new Map(),
  said: [],
  noted: new Set(),
  pending: [],
  answering: nothingAsked,
  answers: new Map(),
  askedAt: 0,
  full: null,
  runningSince: null,
  interrupting: false,
  watching: null,
  model: null,
  effort: null,
  autonomy: null,
  costOf: null,
  title: "",
  verbosity: "normal",
  outside: false,
  focused: true,
  vim: false,
  skills: [],
  hint: "",
  ...given,
});
