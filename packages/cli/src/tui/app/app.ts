import type { ThreadEvent } from "@fettle/protocol";
import { visibleText } from "../../render/plain-text.ts";
import { wrapped } from "../../render/wrapped.ts";
import type { Editor, Keymap, Row, Screen, ViewRows, ViewSettings } from "../contract.ts";
import { answeringView } from "../input/approval-view.ts";
import type { Modes } from "../terminal/modes.ts";
import type { viewRows, WrittenPlace } from "../views/view-rows.ts";
import type { Engine } from "./engine.ts";
import { composeFrame, type Place } from "./frame.ts";
import type { AppState, FullView } from "./state.ts";

/** A frame at most every so many milliseconds; a key is shown at once. */
const frameMs = 16;
/** While a window is dragged its terminal is ahead of what we know of it; nothing is drawn until it rests so long. */
const restMs = 50;
/** How much of the screen the editor may take. */
const editorShare = 0.4;
const questionShare = 0.6;

/** What makes rows of a transcript; it comes after the first paint, which has none to show. */
export type Views = { readonly viewRows: typeof viewRows; readonly nothingWritten: WrittenPlace };

/** What a list on the whole screen needs of the program. */
export const listPorts = (app: Pick<App, "state" | "drawSoon">) => ({
  changed: app.drawSoon,
  settings: (columns: number) => settingsOf(app.state, columns),
});

/** The running program: its state, and what every part may do with it. */
export type App = {
  readonly state: AppState;
  readonly editor: Editor;
  readonly modes: Modes;
  readonly keymap: Keymap;
  views: Views | null;
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
  /** Another program gets the terminal: what is live goes, and it writes where that stood. */
  readonly makeWay: () => void;
  /** All that is live anew: another program had the terminal. */
  readonly redraw: () => void;
  /** With the next frame. */
  readonly drawSoon: () => void;
  /** The terminal has another size. */
  readonly resized: () => void;
  readonly open: (view: FullView) => void;
  /** Ends the program once what runs has ended; the exit code. */
  readonly quit: (code: number) => void;
};

export const settingsOf = (state: AppState, columns: number): ViewSettings => ({
  columns,
  verbosity: state.verbosity,
  colours: state.colours,
  plain: state.plain,
  ...(state.costOf === null ? {} : { costOf: state.costOf }),
});

type Given = Pick<App, "state" | "editor" | "modes" | "engine" | "size" | "quit"> & {
  readonly screen: Screen;
};

const noRows: ViewRows<WrittenPlace | null> = { settled: [], live: [], place: null };

const transcriptRows = (
  state: AppState,
  views: Views | null,
  settings: ViewSettings,
): ViewRows<WrittenPlace | null> => {
  if (views === null) return noRows;
  const elapsed = (id: string): number | null => {
    const begun = state.begun.get(id);
    return begun === undefined ? null : Date.now() - begun;
  };
  return views.viewRows(state.transcript.state, settings, state.written ?? views.nothingWritten, elapsed);
};

/** An empty row between notices of fettle's own and rows of the thread. */
const createApart = () => {
  let last: "said" | "settled" | null = null;
  const after = (kind: "said" | "settled", rows: readonly Row[]): readonly Row[] => {
    if (rows.length === 0) return rows;
    const between = last !== null && last !== kind && rows[0] !== "";
    last = kind;
    return between ? ["", ...rows] : rows;
  };
  return {
    said: (rows: readonly Row[]) => after("said", rows),
    settled: (rows: readonly Row[]) => after("settled", rows),
  };
};

type Changing = { place: Place; views: Views | null };

const createDrawing = ({ state, editor, size, screen }: Given, changing: Changing) => {
  const apart = createApart();
  let timer: NodeJS.Timeout | null = null;
  let drawnAt = 0;
  let restsAt = 0;
  const draw = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (state.outside) return;
    drawnAt = performance.now();
    const now = size();
    if (drawnAt < restsAt) {
      timer ??= setTimeout(draw, restsAt - drawnAt);
      return;
    }
    const { columns, rows: height } = now;
    const settings = settingsOf(state, columns);
    screen.full(state.full?.rows({ columns, rows: height }) ?? null);
    if (state.full !== null) return;
    const view = transcriptRows(state, changing.views, settings);
    screen.commit(apart.said(state.said));
    screen.commit(apart.settled(view.settled));
    state.said = [];
    state.written = view.place;
    const input = { empty: editor.text() === "", keymap: state.keymap };
    const question = answeringView(state.answering, settings, input, Math.floor(height * questionShare));
    const edited = editor.view(settings, Math.max(1, Math.floor(height * editorShare)));
    const { place } = changing;
    const frame = composeFrame({ live: view.live, state, editor: edited, question, place, settings, now: Date.now() });
    screen.draw(frame.rows, frame.cursor);
  };
  const drawSoon = (): void => {
    timer ??= setTimeout(draw, Math.max(0, frameMs - (performance.now() - drawnAt)));
  };
  const resized = (): void => {
    restsAt = performance.now() + restMs;
    drawSoon();
  };
  return { draw, drawSoon, resized };
};

export const createApp = (given: Given, firstPlace: Place): App => {
  const { state, size, screen } = given;
  const changing: Changing = { place: firstPlace, views: null };
  const { draw, drawSoon, resized } = createDrawing(given, changing);
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
    get keymap() {
      return state.keymap;
    },
    get views() {
      return changing.views;
    },
    set views(views) {
      changing.views = views;
    },
    get place() {
      return changing.place;
    },
    set place(place) {
      changing.place = place;
    },
    say: (text) =>
      show(wrapped(visibleText(text), size().columns, { first: "· ", next: "  ", atBlanks: true }).split("\n")),
    show,
    onEvent(event) {
      state.transcript.add(event);
      drawSoon();
    },
    draw,
    makeWay: () => screen.draw([], null),
    redraw() {
      screen.lost();
      draw();
    },
    drawSoon,
    resized,
    open(view) {
      state.full = view;
      draw();
    },
  };
};
