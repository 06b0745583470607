import type { AutonomyLevel } from "@fettle/protocol";
import type { EditorEffect, Key, Verbosity } from "../contract.ts";
import { questionKey } from "../input/approval.ts";
import type { App } from "./app.ts";
import { interrupt, leaveWords, startTurn, takeBackLast } from "./turns.ts";

/* What keys do. Typing never waits, and no question takes it away. */

/** Two Escapes, or two Ctrl-C, within this time mean more than one. In milliseconds. */
const doubleMs = 800;

/** `full` is chosen by name alone, never by a key in passing. */
const dial: readonly AutonomyLevel[] = ["suggest", "edit", "run", "trusted"];
const verbosities: readonly Verbosity[] = ["brief", "normal", "full"];

export type KeyPorts = {
  readonly app: App;
  readonly command: (name: string, words: string, images: readonly string[]) => void;
  readonly shell: (script: string) => void;
  readonly external: (text: string) => void;
  /** The picture in the clipboard is wanted. */
  readonly picture: () => void;
  readonly rewind: () => void;
  readonly transcript: () => void;
  readonly suspend: () => void;
};

/** So long after a question came up a letter was meant for the text. In milliseconds. */
const settleMs = 400;

/** True: the key was the question's. */
const answerKey = ({ state, editor, keymap }: App, key: Key): boolean => {
  if (state.answering.waiting.length === 0) return false;
  const ready = Date.now() - state.askedAt > settleMs;
  const step = questionKey(state.answering, key, { empty: editor.text() === "", ready, keymap });
  state.answering = step.state;
  if (step.answered === undefined) return step.used;
  // The next one comes up now.
  state.askedAt = Date.now();
  state.answers.get(step.answered.id)?.(step.answered.answer);
  return true;
};

const next = <T>(list: readonly T[], now: T | null): T | undefined =>
  list[(now === null ? -1 : list.indexOf(now)) + 1] ?? list[0];

const turnDial = async (app: App): Promise<void> => {
  const level = next(dial, app.state.autonomy);
  if (level === undefined) return;
  app.state.autonomy = level;
  app.draw();
  (await app.engine()).setAutonomy(level);
};

const takeEffect = (ports: KeyPorts, effect: EditorEffect): void => {
  const { app } = ports;
  const { editor, state } = app;
  if (effect.type === "external") {
    ports.external(effect.text);
    return;
  }
  if (effect.type === "picture") {
    ports.picture();
    return;
  }
  editor.clear();
  if (effect.type === "shell") ports.shell(effect.script);
  else if (effect.type === "command") ports.command(effect.name, effect.words, effect.images);
  else if (state.runningSince === null) void startTurn(app, { text: effect.text, images: effect.images });
  else void leaveWords(app, effect, effect.type === "submit" ? "call" : "turn");
};

type Last = { name: string; at: number };

const escapeKey = (ports: KeyPorts, twice: boolean): void => {
  const { app } = ports;
  if (app.state.runningSince !== null) void interrupt(app);
  else if (twice && app.editor.text() === "") ports.rewind();
  else if (app.editor.text() === "") app.state.hint = "Esc again: take turns back";
};

/** Keys of the program's own, which the editor never sees. True: it was one. */
const ownKey = (ports: KeyPorts, key: Key, twice: boolean): boolean => {
  const { app } = ports;
  const { state, editor } = app;
  const empty = editor.text() === "";
  if (empty && app.keymap.action(key, "editor") === "discard") {
    if (twice) app.quit(0);
    else state.hint = "again: quit";
    return true;
  }
  if (key.name === "up" && (key.alt || empty) && state.pending.some(({ at }) => at !== "start")) {
    void takeBackLast(app);
    return true;
  }
  const action = app.keymap.action(key, "app") ?? "";
  if (action === "quit") {
    if (empty) app.quit(0);
    return empty;
  }
  const run = actionsOf(ports)[action];
  run?.();
  return run !== undefined;
};

const actionsOf = (ports: KeyPorts): Readonly<Record<string, () => void>> => {
  const { app, command } = ports;
  return {
    transcript: ports.transcript,
    autonomy: () => void turnDial(app),
    verbosity: () => {
      app.state.verbosity = next(verbosities, app.state.verbosity) ?? "normal";
      app.state.hint = app.state.verbosity;
    },
    model: () => command("model", "", []),
    effort: () => command("effort", "", []),
    redraw: app.redraw,
    suspend: ports.suspend,
    help: () => command("help", "", []),
  };
};

/** Gives what a key of the terminal does. */
export const createKeys = (ports: KeyPorts): ((key: Key) => void) => {
  const { app } = ports;
  const { state, editor } = app;
  let last: Last = { name: "", at: 0 };
  return (key) => {
    if (key.name === "focus" || key.name === "blur") {
      state.focused = key.name === "focus";
      return;
    }
    const now = performance.now();
    const name = `${key.ctrl ? "ctrl-" : ""}${key.name}`;
    const twice = last.name === name && now - last.at < doubleMs;
    last = { name, at: now };
    state.hint = "";
    if (state.full !== null) {
      if (state.full.key(key) === "close") state.full = null;
    } else if (!answerKey(app, key) && !ownKey(ports, key, twice)) {
      const effect = editor.key(key);
      if (typeof effect === "object") takeEffect(ports, effect);
      else if (!effect && app.keymap.action(key, "app") === "interrupt") escapeKey(ports, twice);
    }
    app.draw();
  };
};
