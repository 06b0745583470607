import { spawn } from "node:child_process";

export type CommandRun = {
  /** The exit code; null when it was ended by a signal or could not start. */
  readonly code: number | null;
  readonly timedOut: boolean;
  /** Both streams together: the beginning and the end when it is long. */
  readonly output: string;
  readonly durationMs: number;
};

const HEAD = 200_000;
const TAIL = 200_000;

/** Runs a shell command in a folder in a process group of its own, all of which is ended after `timeoutMs`. */
export function runCommand(
  command: string,
  cwd: string,
  timeoutMs: number,
  env: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<CommandRun> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", command], {
      cwd,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      /*
       * Python would take a byte code file for current when an edit keeps size and second. How talkative npm was told
       * to be around us says nothing of the command: its errors must be seen.
       */
      env: {
        ...process.env,
        PYTHONDONTWRITEBYTECODE: "1",
        CI: "1",
        FORCE_COLOR: "0",
        NO_COLOR: "1",
        NODE_TEST_CONTEXT: undefined,
        npm_config_loglevel: undefined,
        PWD: cwd,
        ...env,
      },
    });
    let head = "";
    let tail = "";
    let timedOut = false;
    const read = (chunk: Buffer) => {
      if (head.length < HEAD) head += chunk.toString();
      else tail = (tail + chunk.toString()).slice(-TAIL);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        /* The group is gone already. */
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, timeoutMs);
    signal?.addEventListener("abort", end, { once: true });
    let settled = false;
    const finish = (code: number | null) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      end();
      resolve({ code, timedOut, output: head + tail, durationMs: performance.now() - started });
    };
    child.on("error", () => finish(null));
    /* Grandchildren may hold the pipes open for ever: the command's own end counts, after a turn for its last output. */
    child.on("exit", (code) => setTimeout(finish, 30, code));
    child.on("close", (code) => finish(code));
  });
}
