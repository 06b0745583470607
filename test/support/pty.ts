import { mkdirSync } from "node:fs";
import type { TestContext } from "node:test";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { fettleProgram } from "./fettle.ts";
import type { Scene } from "./scripted-run.ts";

/*
 * The real program in a pseudo-terminal, its output shown by a terminal emulator: what is waited for is what a person
 * would see.
 */

export type PtyRun = {
  /** Resolves once the screen fits. Rejects when the program ends first. */
  until(what: string, fits: (rows: readonly string[]) => boolean): Promise<void>;
  /** Resolves once the text stands somewhere on the screen. */
  shows(text: string): Promise<void>;
  /** Resolves once the text is nowhere on the screen. */
  lacks(text: string): Promise<void>;
  type(text: string): void;
  /** Another size of the window; the program is told of the last one only. */
  resize(...sizes: readonly (readonly [columns: number, rows: number])[]): void;
  /** The rows of the screen now. */
  screen(): string[];
  /** Scrollback and screen, without empty rows at the end. */
  all(): string[];
  cursor(): { readonly row: number; readonly column: number };
  /** All that the program wrote. */
  written(): string;
  /** The program's own process id. */
  readonly pid: number;
  readonly title: () => string;
  readonly finished: Promise<number>;
};

export type PtyOptions = {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Record<string, string>;
};

const patienceMs = 40_000;

const environment = (home: string, more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  SHELL: "/bin/sh",
  TERM: "xterm-256color",
  HOME: home,
  FETTLE_HOME: home,
  LANG: "C.UTF-8",
  ...more,
});

/** Starts any command line on a terminal of its own. */
export const openPty = (
  t: TestContext,
  command: readonly string[],
  { cwd, home, columns = 80, rows = 24, env }: PtyOptions & { readonly cwd: string; readonly home: string },
): PtyRun => {
  mkdirSync(home, { recursive: true });
  const [file = "", ...args] = command;
  const child = spawn(file, args, { cwd, cols: columns, rows, name: "xterm-256color", env: environment(home, env) });
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 100_000, allowProposedApi: true });
  let title = "";
  let written = "";
  let ended = false;
  let looks: (() => void)[] = [];
  const look = (): void => {
    for (const one of looks) one();
  };
  terminal.onTitleChange((text) => {
    title = text;
  });
  // The emulator answers what the program asks of its terminal.
  terminal.onData((answer) => {
    if (!ended) child.write(answer);
  });
  child.onData((bytes) => {
    written += bytes;
    terminal.write(bytes, look);
  });
  const finished = new Promise<number>((resolve) =>
    child.onExit(({ exitCode, signal }) => {
      ended = true;
      // What was still on its way belongs to the screen.
      terminal.write("", () => resolve(signal === undefined || signal === 0 ? exitCode : 128 + signal));
    }),
  );
  void finished.then(() => look());
  t.after(() => {
    if (!ended) child.kill("SIGKILL");
    terminal.dispose();
  });
  const row = (index: number): string => terminal.buffer.active.getLine(index)?.translateToString(true).trimEnd() ?? "";
  const screen = (): string[] =>
    Array.from({ length: terminal.rows }, (_, at) => row(terminal.buffer.active.baseY + at));
  const until: PtyRun["until"] = (what, fits) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const one = (): void => {
      if (fits(screen())) resolve();
      else if (ended) reject(new Error(`ended before ${what}:\n${screen().join("\n")}`));
    };
    looks.push(one);
    // Only so that a test which waits in vain says what it saw.
    const late = setTimeout(() => reject(new Error(`no ${what} on:\n${screen().join("\n")}`)), patienceMs);
    one();
    return promise.finally(() => {
      clearTimeout(late);
      looks = looks.filter((other) => other !== one);
    });
  };
  return {
    until,
    shows: (text) => until(JSON.stringify(text), (rowsNow) => rowsNow.join("\n").includes(text)),
    lacks: (text) => until(`no ${JSON.stringify(text)}`, (rowsNow) => !rowsNow.join("\n").includes(text)),
    type: (text) => child.write(text),
    resize(...sizes) {
      for (const [newColumns, newRows] of sizes) terminal.resize(newColumns, newRows);
      const last = sizes.at(-1);
      if (last !== undefined) child.resize(...last);
    },
    screen,
    all() {
      const lines = Array.from({ length: terminal.buffer.active.length }, (_, index) => row(index));
      while (lines.at(-1) === "") lines.pop();
      return lines;
    },
    cursor: () => ({ row: terminal.buffer.active.cursorY, column: terminal.buffer.active.cursorX }),
    written: () => written,
    pid: child.pid,
    title: () => title,
    finished,
  };
};

/** The terminal program in a scene, with its scripted model. */
export const fettleInPty = (
  t: TestContext,
  scene: Scene,
  args: readonly string[] = [],
  options: PtyOptions = {},
): PtyRun => {
  const model = ["-c", `openai_base_url=${scene.server.baseUrl}`, "-m", "gpt-5"];
  return openPty(t, [fettleProgram, ...args, ...model], {
    ...options,
    cwd: scene.repository,
    home: scene.home,
    env: { OPENAI_API_KEY: "dummy", ...options.env },
  });
};

/** The words in the input: its rows up to the footer, without their marks. */
export const inputOf = (run: PtyRun): string => {
  const rows = run.screen();
  const from = rows.findLastIndex((row) => row.startsWith("›"));
  const { row: cursorRow } = run.cursor();
  return rows
    .slice(from, Math.max(from, cursorRow) + 1)
    .map((row) => row.slice(2))
    .join("\n")
    .trimEnd();
};

/** Resolves once no turn runs any more. */
export const idle = (run: PtyRun): Promise<void> =>
  run.until(
    "an idle screen",
    (rows) => rows.some((row) => row.startsWith("›")) && !rows.some((row) => row.startsWith("● ")),
  );
