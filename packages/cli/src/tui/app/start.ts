import { homedir } from "node:os";
import { type Config, lastThreadId, loadSkills } from "@fettle/agent";
import type { ThreadEvent } from "@fettle/protocol";
import { parseExec } from "../../commands/exec-options.ts";
import { fettleHome } from "../../home.ts";
import { oneLine } from "../../render/plain-text.ts";
import { UsageError } from "../../usage-error.ts";
import { readKeymap } from "../input/keymap.ts";
import { type App, settingsOf } from "./app.ts";
import { createEngine, type Engine, type StoredThread } from "./engine.ts";
import type { TerminalOptions } from "./options.ts";
import { placeOf } from "./place.ts";
import { messageOf, reportTo } from "./report.ts";
import { suggestionsFor } from "./suggestions.ts";
import { askOnScreen, leaveWords, noteEvent, startTurn } from "./turns.ts";
import { endWatching, runsElsewhere, watchThread } from "./watching.ts";

/* What follows the first paint: the options, the configuration, the thread, and the first words. */

const parsed = ({ args }: TerminalOptions) => {
  const options = parseExec([...args]);
  if (options === null) throw new UsageError("see: fettle --help");
  return options;
};

const noteOnce = ({ state, say }: App, line: string, more = ""): void => {
  if (!state.noted.has(line)) say(line + more);
  state.noted.add(line);
};

/** Takes an event of the thread on the screen, wherever it runs. */
const takeEvent = (app: App, event: ThreadEvent): void => {
  const { title } = app.state;
  noteEvent(app.state, event);
  if (app.state.title !== title) app.modes.title(`fettle: ${app.state.title}`);
  app.onEvent(event);
  const { pictures, verbosity } = app.state;
  if (pictures === null || verbosity === "brief" || event.type !== "item.completed") return;
  const { item } = event;
  if (item.type === "browser" || item.type === "tool_call")
    void import("./pictures.ts").then(({ showPicture }) => showPicture(app, item)).catch(reportTo(app));
};

/** Makes what runs threads. Throws where the options are wrong. */
export const startEngine = (app: App, given: TerminalOptions): Engine => {
  return createEngine({
    home: fettleHome(),
    options: parsed(given),
    approver: (question, signal) => askOnScreen(app, question, signal),
    onEvent: (event) => takeEvent(app, event),
    note: (line) => noteOnce(app, line),
  });
};

/** The person's own keys; where they cannot be, all stay as they are. */
const takeKeys = ({ state, say }: App, { keys = {}, vim = false }: NonNullable<Config["terminal"]> = {}): void => {
  state.vim = vim;
  const read = readKeymap(keys);
  if (read.ok) state.keymap = read.keymap;
  else for (const problem of read.problems) say(`terminal.${problem}`);
};

const takeSkills = async (app: App): Promise<void> => {
  const { home, options } = await app.engine();
  app.state.skills = loadSkills({ home, userHome: homedir(), cwd: options().cwd }).skills.map(
    ({ name, description }) => ({
      insert: `$${name} `,
      label: `$${name}`,
      detail: oneLine(description, 200),
    }),
  );
};

/** Reads what configuration and options come to, and shows it. */
export const refreshSettings = async (app: App): Promise<void> => {
  const engine = await app.engine();
  try {
    const { chosen, notes, level, accounts, config } = await engine.settings();
    takeKeys(app, config.terminal);
    app.state.costOf = accounts.cost;
    lookAround(app, engine);
    const { info } = chosen.model;
    app.state.model = { id: info.id, window: info.contextWindow };
    app.state.effort = chosen.effort ?? null;
    app.state.autonomy = level;
    for (const note of notes) noteOnce(app, note);
    if (chosen.note !== null && info.provider === "offline") {
      // One row of a small terminal; /model tells the rest.
      noteOnce(app, "working with the offline engine: no model is set up; /model lists them");
      app.state.noted.add(chosen.note);
    } else if (chosen.note !== null) noteOnce(app, chosen.note, "; /model changes it");
  } catch (error) {
    app.say(messageOf(error));
  }
  app.drawSoon();
};

/** The folder and its branch, as they are now. */
const lookAround = (app: App, engine: Engine): void => {
  const { cwd } = engine.options();
  app.state.cwd = cwd;
  app.place = placeOf(cwd, process.env.HOME);
};

/** How many turns of a resumed thread stand on the screen; Ctrl-T has all of them. */
const shownTurns = 3;

/**
 * Goes on with a thread, or (null) with a new one. What was said in it last, as far as it still counts, stands above;
 * `nothing`: it stands there already.
 */
export const showThread = async (
  app: App,
  thread: StoredThread | null,
  show: "last" | "nothing" = "last",
): Promise<void> => {
  const engine = await app.engine();
  const { state } = app;
  endWatching(app);
  engine.use(thread);
  lookAround(app, engine);
  const { replayed, resumeRows } = await import("../views/replay.ts");
  Object.assign(state, { transcript: replayed(thread?.events ?? []), title: "", written: null });
  const transcript = state.transcript.state;
  state.title = transcript.title ?? transcript.turns[0]?.prompt.split("\n", 1)[0] ?? "";
  state.autonomy = transcript.autonomy ?? state.autonomy;
  const shown = resumeRows(transcript, settingsOf(state, app.size().columns), shownTurns);
  if (show === "last") app.show(shown.rows);
  state.written = shown.place;
  app.modes.title(`fettle: ${state.title === "" ? app.place.folder : state.title}`);
  if (thread !== null && runsElsewhere(thread)) watchThread(app, thread, (event) => takeEvent(app, event));
  app.drawSoon();
};

/** Whoever is here for the first time sees what could be asked. */
const suggest = async (app: App): Promise<void> => {
  const engine = await app.engine();
  const { cwd } = engine.options();
  if (lastThreadId(engine.home, { cwd }) !== null) return;
  app.say(["for a start:", ...(await suggestionsFor(cwd)).map((one) => `  ${one}`)].join("\n"));
};

/** The first thing after the first paint. */
export const begin = async (app: App, given: TerminalOptions): Promise<void> => {
  let engine: Engine;
  try {
    engine = await app.engine();
  } catch (error) {
    app.say(messageOf(error));
    app.quit(error instanceof UsageError ? 2 : 1);
    return;
  }
  try {
    const thread = given.resume === undefined ? null : engine.read(given.resume.id);
    if (thread !== null) engine.use(thread);
    // First, for the rows of a thread tell what it cost.
    await refreshSettings(app);
    if (thread !== null) await showThread(app, thread);
  } catch (error) {
    app.say(messageOf(error));
    await refreshSettings(app);
  }
  await takeSkills(app);
  const { prompt, images } = parsed(given);
  if (prompt === null && given.resume === undefined) await suggest(app);
  if (prompt === null || prompt.trim() === "") return;
  if (app.state.watching !== null) await leaveWords(app, { text: prompt, images }, "call");
  else await startTurn(app, { text: prompt, images });
};
