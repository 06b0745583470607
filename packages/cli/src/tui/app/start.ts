import { parseExec } from "../../commands/exec-options.ts";
import { fettleHome } from "../../home.ts";
import { UsageError } from "../../usage-error.ts";
import type { App } from "./app.ts";
import { createEngine, type Engine, type StoredThread } from "./engine.ts";
import type { TerminalOptions } from "./options.ts";
import { addEvent, emptyTranscript } from "./plain-views.ts";
import { askOnScreen, noteEvent, startTurn } from "./turns.ts";

/* What follows the first paint: the options, the configuration, the thread, and the first words. */

const parsed = ({ args }: TerminalOptions) => {
  const options = parseExec([...args]);
  if (options === null) throw new UsageError("see: fettle --help");
  return options;
};

/** Makes what runs threads. Throws where the options are wrong. */
export const startEngine = (app: App, given: TerminalOptions): Engine => {
  const onEvent: App["onEvent"] = (event) => {
    noteEvent(app, event);
    app.onEvent(event);
  };
  return createEngine({
    home: fettleHome(),
    options: parsed(given),
    approver: (question, signal) => askOnScreen(app, question, signal),
    onEvent,
    note: app.say,
  });
};

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Reads what configuration and options come to, and shows it. */
export const refreshSettings = async (app: App): Promise<void> => {
  const engine = await app.engine();
  try {
    const { chosen, notes, level } = await engine.settings();
    const { info } = chosen.model;
    app.state.model = { id: info.id, window: info.contextWindow };
    app.state.effort = chosen.effort ?? null;
    app.state.autonomy = level;
    for (const note of notes) app.say(note);
    if (chosen.note !== null) app.say(`${chosen.note}; /model changes it`);
  } catch (error) {
    app.say(told(error));
  }
  app.drawSoon();
};

/** Goes on with a thread on the screen: what was said in it, as far as it still counts, stands above. */
export const showThread = async (app: App, thread: StoredThread | null): Promise<void> => {
  const engine = await app.engine();
  const { state } = app;
  engine.use(thread);
  state.transcript = emptyTranscript();
  state.settled = 0;
  state.threadId = thread?.id ?? null;
  state.title = "";
  state.context = 0;
  state.cost = null;
  for (const event of thread?.events ?? []) {
    noteEvent(app, event);
    state.transcript = addEvent(state.transcript, event);
  }
  app.drawSoon();
};

/** The first thing after the first paint. */
export const begin = async (app: App, given: TerminalOptions): Promise<void> => {
  let engine: Engine;
  try {
    engine = await app.engine();
  } catch (error) {
    app.say(told(error));
    app.quit(error instanceof UsageError ? 2 : 1);
    return;
  }
  try {
    if (given.resume !== undefined) await showThread(app, engine.read(given.resume.id));
  } catch (error) {
    app.say(told(error));
  }
  await refreshSettings(app);
  const { prompt, images } = parsed(given);
  if (prompt !== null && prompt.trim() !== "") await startTurn(app, { text: prompt, images });
};
