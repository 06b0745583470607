import { constants } from "node:os";
import type { Key } from "../contract.ts";
import type { TerminalReply } from "../input/key-sequences.ts";
import { createKeyDecoder } from "../input/keys.ts";
import type { Modes } from "../terminal/modes.ts";
import type { App } from "./app.ts";
import type { AppState } from "./state.ts";

/* How the program and its terminal meet and part. */

/** A lone Escape is told from the beginning of a sequence by nothing coming after it. In milliseconds. */
const escapeMs = 30;

/** Reads the terminal: keys, and its answers to what it was asked. */
export const readKeys = (modes: Modes, onKey: (key: Key) => void, onReply: (reply: TerminalReply) => void): void => {
  const decoder = createKeyDecoder();
  let timer: NodeJS.Timeout | null = null;
  const take = ({ keys, replies }: ReturnType<typeof decoder.push>): void => {
    for (const key of keys) onKey(key);
    for (const reply of replies) onReply(reply);
  };
  process.stdin.on("data", (bytes: Buffer) => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    take(decoder.push(bytes));
    if (decoder.waiting()) timer = setTimeout(() => take(decoder.flush()), escapeMs);
  });
  modes.enter();
};

/** Whatever ends the process, the terminal is as it was found. */
export const onEnds = (modes: Modes, state: AppState, close: () => void, end: (code: number) => void): void => {
  process.once("exit", () => modes.restore());
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => end(128 + constants.signals[signal]));
  // A Ctrl-C for another program that has the terminal reaches us too.
  process.on("SIGINT", () => {
    if (!state.outside) end(130);
  });
  // The terminal went away without a word.
  for (const gone of ["end", "error"] as const) process.stdin.once(gone, () => end(129));
  process.once("uncaughtException", (error) => {
    close();
    modes.restore();
    process.stderr.write(`fettle: ${error.stack ?? error.message}\n`);
    process.exit(1);
  });
};

/** The shell may stop and continue it; gives what stops it from inside. */
export const onStops = (modes: Modes, app: App): (() => void) => {
  const { state } = app;
  let away = false;
  const suspend = (): void => {
    // Who has the terminal then gives it back to the shell.
    if (!state.outside) {
      app.makeWay();
      modes.restore();
      state.outside = true;
      away = true;
    }
    process.kill(process.pid, "SIGSTOP");
  };
  process.on("SIGTSTP", suspend);
  process.on("SIGCONT", () => {
    if (state.outside && !away) return;
    away = false;
    state.outside = false;
    modes.enter();
    app.redraw();
  });
  return suspend;
};
