import type { ThreadEvent } from "@fettle/protocol";
import { visibleText } from "../../render/plain-text.ts";
import { wrapped } from "../../render/wrapped.ts";
import type { Editor, Row, Screen, ViewSettings } from "../contract.ts";
import type { Modes } from "../terminal/modes.ts";
import type { Engine } from "./engine.ts";
import { composeFrame, type Place } from "./frame.ts";
import { addEvent, viewRows } from "./plain-views.ts";
import type { AppState, FullView } from "./state.ts";

/** A frame at most every so many milliseconds; a key is shown at once. */
const frameMs = 16;
/** How much of the screen the editor may take. */
const editorShare = 0.4;

/** The running program: its state, and what every part may do with it. */
export type App = {
  readonly state: AppState;
  readonly editor: Editor;
  readonly modes: Modes;
  place: Place;
  /** Loads what runs threads, once. */
  readonly engine: () => Promise<Engine>;
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Lines of fettle's own, into the scrollback. */
  readonly say: (text: string) => void;
  /** The same for rows that are made already. */
  readonly show: (rows: readonly Row[]) => void;
  readonly onEvent: (event: ThreadEvent) => void;
  /** At once. */
  readonly draw: () => void;
  /** All that is live anew: another program had the terminal. */
  readonly redraw: () => void;
  /** With the next frame. */
  readonly drawSoon: () => void;
  readonly open: (view: FullView) => void;
  /** Ends the program once what runs has ended; the exit code. */
  readonly quit: (code: number) => void;
};

export const settingsOf = (state: AppState, columns: number): ViewSettings => ({
  columns,
  verbosity: state.verbosity,
  colours: state.colours,
  plain: state.plain,
});

type Given = Pick<App, "state" | "editor" | "modes" | "engine" | "size" | "quit"> & { readonly screen: Screen };

const createDrawing = ({ state, editor, size, screen }: Given, place: () => Place) => {
  let timer: NodeJS.Timeout | null = null;
  let drawnAt = 0;
  const draw = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    drawnAt = performance.now();
    const { columns, rows: height } = size();
    const settings = settingsOf(state, columns);
    screen.full(state.full?.rows({ columns, rows: height }) ?? null);
    if (state.full !== null) return;
    const view = viewRows(state.transcript, state.settled, settings);
    screen.commit(state.said);
    screen.commit(view.settled);
    state.said = [];
    state.settled = view.settledEntries;
    const edited = editor.view(settings, Math.max(1, Math.floor(height * editorShare)));
    const parts = { live: view.live, state, editor: edited, typing: editor.text() !== "", settings };
    const frame = composeFrame({ ...parts, place: place(), now: Date.now() });
    screen.draw(frame.rows, frame.cursor);
  };
  const drawSoon = (): void => {
    timer ??= setTimeout(draw, Math.max(0, frameMs - (performance.now() - drawnAt)));
  };
  return { draw, drawSoon };
};

export const createApp = (given: Given, firstPlace: Place): App => {
  const { state, size, screen } = given;
  let place = firstPlace;
  const { draw, drawSoon } = createDrawing(given, () => place);
  const show = (rows: readonly Row[]): void => {
    state.said.push(...rows);
    drawSoon();
  };
  return {
    state,
    editor: given.editor,
    modes: given.modes,
    engine: given.engine,
    size,
    quit: given.quit,
    get place() {
      return place;
    },
    set place(other) {
      place = other;
    },
    say: (text) =>
      show(wrapped(visibleText(text), size().columns, { first: "· ", next: "  ", atBlanks: true }).split("\n")),
    show,
    onEvent(event) {
      state.transcript = addEvent(state.transcript, event);
      drawSoon();
    },
    draw,
    redraw() {
      screen.lost();
      draw();
    },
    drawSoon,
    open(view) {
      state.full = view;
      draw();
    },
  };
};
