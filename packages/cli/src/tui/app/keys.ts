import type { ApprovalChoice, AutonomyLevel } from "@fettle/protocol";
import type { EditorEffect, Key, Verbosity } from "../contract.ts";
import type { App } from "./app.ts";
import { interrupt, leaveWords, startTurn, takeBackLast } from "./turns.ts";

/* What keys do. Typing never waits, and no question takes it away. */

/** Two Escapes, or two Ctrl-C, within this time mean more than one. In milliseconds. */
const doubleMs = 800;

const letters: Readonly<Record<string, ApprovalChoice>> = { o: "once", y: "once", t: "thread", a: "always", n: "no" };

/** `full` is chosen by name alone, never by a key in passing. */
const dial: readonly AutonomyLevel[] = ["suggest", "edit", "run", "trusted"];
const verbosities: readonly Verbosity[] = ["brief", "normal", "full"];

export type KeyPorts = {
  readonly app: App;
  readonly command: (name: string, words: string) => void;
  readonly shell: (script: string) => void;
  readonly external: (text: string) => void;
  readonly rewind: () => void;
  readonly transcript: () => void;
  readonly suspend: () => void;
};

/** True: the key was an answer, or moved to or from the question. */
const answerKey = ({ state, editor, draw }: App, key: Key): boolean => {
  const [asked] = state.asked;
  if (asked === undefined) return false;
  if (key.ctrl && key.name === "o") {
    asked.focused = !asked.focused;
    draw();
    return true;
  }
  if (asked.focused && key.name === "escape") {
    asked.focused = false;
    draw();
    return true;
  }
  if (key.ctrl || key.alt || (editor.text() !== "" && !asked.focused)) return false;
  const choice = letters[key.text.toLowerCase()];
  if (choice === undefined || !asked.question.choices.includes(choice)) return asked.focused;
  const proposal = choice === "always" ? { proposal: asked.question.proposal ?? "" } : {};
  asked.answer({ choice, by: "person", ...proposal });
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
  state.history.push(editor.text());
  editor.clear();
  if (effect.type === "shell") ports.shell(effect.script);
  else if (effect.type === "command") ports.command(effect.name, effect.words);
  else if (state.runningSince === null) void startTurn(app, { text: effect.text, images: effect.images });
  else void leaveWords(app, effect.text, effect.type === "submit" ? "call" : "turn");
};

type Last = { name: string; at: number };

const escapeKey = (ports: KeyPorts, twice: boolean): void => {
  const { app } = ports;
  if (app.state.runningSince !== null) void interrupt(app);
  else if (twice && app.editor.text() === "") ports.rewind();
  else if (app.editor.text() === "") app.state.hint = "Esc again: take turns back";
};

const control = (ports: KeyPorts, key: Key, twice: boolean): boolean => {
  const { app } = ports;
  const { state, editor } = app;
  switch (key.name) {
    case "c":
      if (editor.text() !== "") {
        state.history.push(editor.text());
        editor.clear();
      } else if (twice) app.quit(0);
      else state.hint = "Ctrl-C again: quit";
      return true;
    case "d":
      if (editor.text() !== "") return false;
      app.quit(0);
      return true;
    case "t":
      ports.transcript();
      return true;
    case "z":
      ports.suspend();
      return true;
    case "l":
      return true;
    default:
      return false;
  }
};

/** Keys of the program's own, which the editor never sees. */
const ownKey = (ports: KeyPorts, key: Key, twice: boolean): boolean => {
  const { app } = ports;
  if (key.ctrl && !key.alt) return control(ports, key, twice);
  if (key.name === "tab" && key.shift) void turnDial(app);
  else if (key.name === "v" && key.alt) app.state.verbosity = next(verbosities, app.state.verbosity) ?? "normal";
  else if (key.name === "up" && (key.alt || app.editor.text() === "") && app.state.pending.length > 0)
    void takeBackLast(app);
  else return false;
  return true;
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
      else if (!effect && key.name === "escape") escapeKey(ports, twice);
    }
    app.draw();
  };
};
