import { existsSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import type { Key } from "../contract.ts";
import { createEditor } from "../input/editor.ts";
import type { TerminalReply } from "../input/key-sequences.ts";
import { readKeymap } from "../input/keymap.ts";
import { createKeyDecoder } from "../input/keys.ts";
import { mentionsOf } from "../input/mentions.ts";
import { backgroundOf, createModes, type Modes, plainColours } from "../terminal/modes.ts";
import { createScreen, reflowOf, reflowOfReply } from "../terminal/screen.ts";
import { type App, createApp } from "./app.ts";
import { commandNames } from "./commands/names.ts";
import type { Engine } from "./engine.ts";
import { createKeys } from "./keys.ts";
import type { TerminalOptions } from "./options.ts";
import { placeOf } from "./place.ts";
import { initialState } from "./state.ts";

/*
 * The terminal program: `fettle`, `fettle "words"`, `fettle resume`. Only what the first paint needs is imported here;
 * what runs threads comes after it, while the person can type already.
 */

/** A lone Escape is told from the beginning of a sequence by nothing coming after it. In milliseconds. */
const escapeMs = 30;

const readKeys = (modes: Modes, onKey: (key: Key) => void, onReply: (reply: TerminalReply) => void): void => {
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

type Ending = { readonly finished: Promise<number>; readonly end: (code: number) => void };

/** Whatever ends the process, the terminal is as it was found. */
const onEnds = (modes: Modes, close: () => void, ending: Ending): void => {
  process.once("exit", () => modes.restore());
  for (const signal of ["SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => ending.end(128 + constants.signals[signal]));
  process.on("SIGINT", () => ending.end(130));
  // The terminal went away without a word.
  for (const gone of ["end", "error"] as const) process.stdin.once(gone, () => ending.end(129));
  process.once("uncaughtException", (error) => {
    close();
    modes.restore();
    process.stderr.write(`fettle: ${error.stack ?? error.message}\n`);
    process.exit(1);
  });
};

const onStops = (modes: Modes, app: App): (() => void) => {
  const suspend = (): void => {
    modes.restore();
    process.kill(process.pid, "SIGSTOP");
  };
  process.on("SIGTSTP", suspend);
  process.on("SIGCONT", () => {
    modes.enter();
    app.redraw();
  });
  return suspend;
};

/** The picture that a pasted path means. */
const pictureAt = (path: string): string | null => {
  const home = process.env.HOME ?? "";
  const absolute = resolve(path.startsWith("~/") ? `${home}${path.slice(1)}` : path);
  return existsSync(absolute) ? absolute : null;
};

/** Runs the terminal program to its end; the exit code. */
export const terminal = async (options: TerminalOptions): Promise<number> => {
  const env = process.env;
  const usual = readKeymap({});
  if (!usual.ok) throw new Error(usual.problems.join("; "));
  const state = initialState({
    keymap: usual.keymap,
    colours: plainColours(env) ? "none" : "dark",
    plain: (env.FETTLE_PLAIN ?? "") !== "",
  });
  const size = () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 });
  const terminalKind = { reflow: reflowOf(env) };
  const screen = createScreen({ write: (bytes) => void process.stdout.write(bytes), size }, () => terminalKind.reflow);
  const modes = createModes({ input: process.stdin, fd: 1, env });
  const { promise: finished, resolve: end } = Promise.withResolvers<number>();
  const mentions = mentionsOf(process.cwd(), () => app.drawSoon());
  const editor = createEditor({
    history: [],
    commands: commandNames.map(([name, words, says]) => ({
      insert: words === "" ? `/${name}` : `/${name} `,
      label: `/${name} ${words}`.trim(),
      detail: says,
    })),
    skills: () => state.skills,
    files: mentions.find,
    picture: pictureAt,
    changed: () => app.drawSoon(),
    get vim() {
      return state.vim;
    },
    get keymap() {
      return state.keymap;
    },
    running: () => state.runningSince !== null,
  });
  const loaded: { engine: Promise<Engine> | null } = { engine: null };
  const engine = (): Promise<Engine> => {
    loaded.engine ??= import("./start.ts").then(({ startEngine }) => startEngine(app, options));
    return loaded.engine;
  };
  const app: App = createApp(
    { state, editor, modes, engine, size, screen, quit: end },
    placeOf(process.cwd(), env.HOME),
  );
  onEnds(modes, () => screen.close(), { finished, end });
  const suspend = onStops(modes, app);
  process.stdout.on("resize", app.resized);
  const later = async <K extends keyof typeof import("./actions.ts")>(name: K) => (await import("./actions.ts"))[name];
  const onKey = createKeys({
    app,
    command: (name, words) => void later("runCommand").then((run) => run(app, name, words)),
    shell: (script) => void later("runShell").then((run) => run(app, script)),
    external: (text) => void later("editOutside").then((run) => run(app, text)),
    picture: () => void later("takePicture").then((run) => run(app)),
    rewind: () => void later("openRewind").then((run) => run(app)),
    transcript: () => void later("openTranscript").then((run) => run(app)),
    suspend,
  });
  const ticking = setInterval(() => {
    if (state.runningSince !== null && !state.plain) app.drawSoon();
  }, 1000);
  app.draw();
  readKeys(modes, onKey, ({ kind, body }) => {
    terminalKind.reflow = (kind === "csi" ? reflowOfReply(body) : null) ?? terminalKind.reflow;
    const background = kind === "osc" ? backgroundOf(body) : null;
    if (background === null || state.colours === "none" || background === state.colours) return;
    state.colours = background;
    app.drawSoon();
  });
  setImmediate(() => void import("./start.ts").then(({ begin }) => begin(app, options)));
  const code = await finished;
  clearInterval(ticking);
  mentions.close();
  process.stdin.pause();
  state.full = null;
  await loaded.engine?.then((one) => one.close()).catch(() => {});
  app.draw();
  // What was typed and not sent stays to be seen.
  if (editor.text() === "") screen.draw([], null);
  screen.close();
  modes.restore();
  const { threadId } = state.transcript.state;
  if (threadId !== null) process.stdout.write(`go on with: fettle resume ${threadId.slice(0, 13)}\n`);
  return code;
};
