import type { Answer, Question } from "@fettle/agent";
import type { AutonomyLevel } from "@fettle/protocol";
import type { Key, Row, Verbosity, ViewSettings } from "../contract.ts";
import { emptyTranscript, type Transcript } from "./plain-views.ts";

/* What the terminal program knows while it runs, apart from what is typed. */

/** Words of the person that the model has not got yet. `start`: they begin a turn that is being opened. */
export type Pending = { readonly id: string; readonly text: string; readonly at: "start" | "call" | "turn" };

export type Asked = { readonly question: Question; readonly answer: (answer: Answer) => void; focused: boolean };

/** Something that fills the whole screen until it is closed. */
export type FullView = {
  readonly rows: (size: { readonly columns: number; readonly rows: number }) => readonly Row[];
  /** `close`: it is done with. */
  readonly key: (key: Key) => "close" | undefined;
};

export type ModelFacts = { readonly id: string; readonly window: number };

export type AppState = {
  transcript: Transcript;
  /** How many entries of the transcript stand in the scrollback. */
  settled: number;
  /** Rows of fettle's own that go into the scrollback with the next frame. */
  said: Row[];
  readonly pending: Pending[];
  /** Questions that wait, the oldest first. */
  readonly asked: Asked[];
  full: FullView | null;
  /** When the running turn began, in milliseconds of the clock; null while none runs. */
  runningSince: number | null;
  interrupting: boolean;
  model: ModelFacts | null;
  effort: string | null;
  /** Null while the configuration is not read yet. */
  autonomy: AutonomyLevel | null;
  /** Tokens that the last model call's input and output took. */
  context: number;
  /** US dollars; null: not known. */
  cost: number | null;
  threadId: string | null;
  title: string;
  verbosity: Verbosity;
  colours: ViewSettings["colours"];
  /** For screen readers. */
  plain: boolean;
  /** Whether the terminal is looked at, as far as it says. */
  focused: boolean;
  /** A word that stands in the footer until the next key. */
  hint: string;
  history: string[];
};

export const initialState = (given: Pick<AppState, "colours" | "plain">): AppState => ({
  transcript: emptyTranscript(),
  settled: 0,
  said: [],
  pending: [],
  asked: [],
  full: null,
  runningSince: null,
  interrupting: false,
  model: null,
  effort: null,
  autonomy: null,
  context: 0,
  cost: null,
  threadId: null,
  title: "",
  verbosity: "normal",
  focused: true,
  hint: "",
  history: [],
  ...given,
});
