import { spawn } from "node:child_process";

export type ChildOptions = {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Aborting it interrupts the program and all it started. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
};

const killGraceMs = 5000;

/**
 * Runs a program on our own output streams and gives its exit code, null when a signal or the time limit ended it.
 * It gets a process group of its own, so that Ctrl-C reaches it once, through us, and nothing of it is left behind.
 */
export const runChild = (argv: readonly [string, ...string[]], options: ChildOptions): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const [program, ...args] = argv;
    const { cwd, env = process.env, signal } = options;
    signal.throwIfAborted();
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"], detached: true });
    const send = (name: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, name);
      } catch {
        // The group is gone already.
      }
    };
    let grace: NodeJS.Timeout | undefined;
    const stop = (): void => {
      send("SIGINT");
      grace ??= setTimeout(() => send("SIGKILL"), killGraceMs);
    };
    const limit = setTimeout(stop, options.timeoutMs);
    signal.addEventListener("abort", stop);
    const settle = (): void => {
      clearTimeout(limit);
      clearTimeout(grace);
      signal.removeEventListener("abort", stop);
    };
    child.on("error", (error) => {
      settle();
      reject(error);
    });
    child.on("exit", (code) => {
      settle();
      if (signal.aborted) send("SIGKILL");
      resolve(code);
    });
  });
