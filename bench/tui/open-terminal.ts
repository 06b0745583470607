import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";

/** A program on a terminal of its own, with what it wrote and when. */
export type MeasuredTerminal = {
  readonly pid: number;
  /** Resolves with the time (performance.now) at which the screen fits; rejects when the program ends first. */
  until(what: string, fits: (text: string) => boolean): Promise<number>;
  type(text: string): void;
  /** Bytes written so far. */
  written(): number;
  screen(): string;
  end(): Promise<void>;
};

export type TerminalCommand = {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
};

export const openTerminal = ({ command, cwd, env }: TerminalCommand): MeasuredTerminal => {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { cwd, cols: 100, rows: 30, env: { ...env }, name: "xterm-256color" });
  const terminal = new xterm.Terminal({ cols: 100, rows: 30, scrollback: 1000, allowProposedApi: true });
  let bytes = 0;
  let ended = false;
  let looks: (() => void)[] = [];
  const screen = (): string =>
    Array.from({ length: 30 }, (_, at) => {
      const { active } = terminal.buffer;
      return active.getLine(active.baseY + at)?.translateToString(true) ?? "";
    }).join("\n");
  terminal.onData((answer) => {
    if (!ended) child.write(answer);
  });
  child.onData((text) => {
    bytes += Buffer.byteLength(text);
    terminal.write(text, () => {
      for (const look of looks) look();
    });
  });
  const finished = new Promise<void>((resolve) =>
    child.onExit(() => {
      ended = true;
      resolve();
    }),
  );
  return {
    pid: child.pid,
    until(what, fits) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const look = (): void => {
        if (fits(screen())) resolve(performance.now());
      };
      looks.push(look);
      void finished.then(() => reject(new Error(`ended before ${what}:\n${screen()}`)));
      look();
      return promise.finally(() => {
        looks = looks.filter((one) => one !== look);
      });
    },
    type: (text) => child.write(text),
    written: () => bytes,
    screen,
    async end() {
      if (!ended) child.kill("SIGKILL");
      await finished;
      terminal.dispose();
    },
  };
};
