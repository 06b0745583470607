import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fettleProgram } from "./fettle.ts";
import type { Scene } from "./scripted-run.ts";

/** The real program on a terminal of its own, as a person meets it. */
export type TerminalRun = {
  readonly child: ChildProcess;
  /** Resolves once the text stands on the screen, after what was waited for before. Rejects when the program ends first. */
  appears(text: string): Promise<void>;
  type(text: string): void;
  /** The whole screen so far. */
  screen(): string;
  /** The exit code. */
  readonly finished: Promise<number | null>;
  /** The program's own process id. */
  pid(): number;
};

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

export const execOnTerminal = (scene: Scene, args: readonly string[]): TerminalRun =>
  fettleOnTerminal(scene, ["exec", "-c", `openai_base_url=${scene.server.baseUrl}`, "-m", "gpt-5", ...args]);

/** Any command of the program. */
export const fettleOnTerminal = (scene: Scene, args: readonly string[]): TerminalRun => {
  const pidFile = join(scene.home, "..", "pid");
  const line = `echo $$ > ${quoted(pidFile)}; exec ${[fettleProgram, ...args].map(quoted).join(" ")}`;
  const child = spawn("/usr/bin/script", ["-qefc", line, "/dev/null"], {
    cwd: scene.repository,
    env: {
      PATH: process.env["PATH"] ?? "",
      SHELL: "/bin/sh",
      TERM: "xterm",
      NO_COLOR: "1",
      HOME: scene.home,
      FETTLE_HOME: scene.home,
      LANG: "C.UTF-8",
      OPENAI_API_KEY: "dummy",
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let screen = "";
  let seen = 0;
  let waiting: { text: string; resolve: () => void } | null = null;
  const look = (): void => {
    if (waiting === null) return;
    const at = screen.indexOf(waiting.text, seen);
    if (at < 0) return;
    seen = at + waiting.text.length;
    waiting.resolve();
    waiting = null;
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    look();
  });
  child.stdin.on("error", () => {});
  const finished = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    child,
    appears(text) {
      const shown = new Promise<void>((resolve) => {
        waiting = { text, resolve };
      });
      look();
      const ended = finished.then(() => {
        if (waiting?.text === text) throw new Error(`ended before ${JSON.stringify(text)} appeared:\n${screen}`);
      });
      return Promise.race([shown, ended]);
    },
    type: (text) => void child.stdin.write(text),
    screen: () => screen,
    finished,
    pid: () => Number(readFileSync(pidFile, "utf8")),
  };
};
