import type { Key } from "../contract.ts";
import { readKeymap } from "../input/keymap.ts";
import { mentionsOf } from "../input/mentions.ts";
import { backgroundOf, createModes, plainColours } from "../terminal/modes.ts";
import { pictureKindOf } from "../terminal/pictures.ts";
import { createScreen, reflowOf, reflowOfReply } from "../terminal/screen.ts";
import { type App, createApp } from "./app.ts";
import type { Engine } from "./engine.ts";
import { createKeys, type KeyPorts } from "./keys.ts";
import { onEnds, onStops, readKeys } from "./lifecycle.ts";
import { createQuiet, load } from "./loading.ts";
import { openEditor } from "./open-editor.ts";
import type { TerminalOptions } from "./options.ts";
import { placeOf } from "./place.ts";
import { type AppState, initialState } from "./state.ts";

/*
 * The terminal program: `fettle`, `fettle "words"`, `fettle resume`. Only what the first paint needs is imported here;
 * what runs threads comes after it, while the person can type already.
 */

/** Asked of the terminal itself: the signal that tells of another size may still be on its way. */
const size = (): { readonly columns: number; readonly rows: number } => {
  // Node.js looks at the size when the signal comes, and at no other time.
  process.emit("SIGWINCH", "SIGWINCH");
  return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
};

const firstState = (env: NodeJS.ProcessEnv): AppState => {
  const usual = readKeymap({});
  if (!usual.ok) throw new Error(usual.problems.join("; "));
  const colours = plainColours(env) ? "none" : "dark";
  const plain = (env.FETTLE_PLAIN ?? "") !== "";
  const pictures = plain ? null : pictureKindOf(env);
  return initialState({ cwd: process.cwd(), keymap: usual.keymap, colours, plain, pictures });
};

/** What keys set off is loaded with its first use. */
const keyPorts = (app: App, suspend: () => void): KeyPorts => {
  const later = async <K extends keyof typeof import("./actions.ts")>(name: K) => (await import("./actions.ts"))[name];
  return {
    app,
    command: (name, words, images) => void later("runCommand").then((run) => run(app, name, words, images)),
    shell: (script) => void later("runShell").then((run) => run(app, script)),
    external: (text) => void later("editOutside").then((run) => run(app, text)),
    picture: () => void later("takePicture").then((run) => run(app)),
    rewind: () => void later("openRewind").then((run) => run(app)),
    transcript: () => void later("openTranscript").then((run) => run(app)),
    suspend,
  };
};

/** Writes down what was typed, one text after the other. */
const keepingTyped = (app: App) => {
  let last: Promise<void> = Promise.resolve();
  return {
    keep: (text: string): void => {
      last = last.then(async () => (await import("./actions.ts")).keepWords(app, text)).catch(() => {});
    },
    written: () => last,
  };
};

/** Runs the terminal program to its end; the exit code. */
export const terminal = async (options: TerminalOptions): Promise<number> => {
  const env = process.env;
  const state = firstState(env);
  const terminalKind = { reflow: reflowOf(env) };
  const screen = createScreen({ write: (bytes) => void process.stdout.write(bytes), size }, () => terminalKind.reflow);
  const modes = createModes({ input: process.stdin, fd: 1, env });
  const { promise: finished, resolve: end } = Promise.withResolvers<number>();
  const mentions = mentionsOf(
    () => state.cwd,
    () => app.drawSoon(),
  );
  const editor = openEditor(state, {
    files: mentions.find,
    changed: () => app.drawSoon(),
    typed: (text) => typed.keep(text),
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
  const typed = keepingTyped(app);
  onEnds(modes, state, () => screen.close(), end);
  const suspend = onStops(modes, app);
  process.stdout.on("resize", app.resized);
  const onKey = createKeys(keyPorts(app, suspend));
  const ticking = setInterval(() => {
    if (state.runningSince !== null && !state.plain) app.drawSoon();
  }, 1000);
  const { whenQuiet, heard } = createQuiet();
  const onHeard = (key: Key): void => {
    heard();
    onKey(key);
  };
  // Before the first paint: what is typed at the sight of it must not meet a terminal that still edits lines itself.
  readKeys(modes, onHeard, ({ kind, body }) => {
    terminalKind.reflow = (kind === "csi" ? reflowOfReply(body) : null) ?? terminalKind.reflow;
    const background = kind === "osc" ? backgroundOf(body) : null;
    if (background === null || state.colours === "none" || background === state.colours) return;
    state.colours = background;
    app.drawSoon();
  });
  app.draw();
  void whenQuiet().then(() => load(app, options));
  const code = await finished;
  clearInterval(ticking);
  mentions.close();
  process.stdin.pause();
  state.full = null;
  await typed.written();
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
