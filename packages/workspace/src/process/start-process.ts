import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { Socket } from "node:net";
import type { CommandExit, RunningCommand } from "../types.ts";
import { inheritedDescriptors } from "./inherited-descriptors.ts";
import { type Endable, forget, remember } from "./live-processes.ts";
import { outputReader } from "./output-reader.ts";
import type { Pipe, Pipes } from "./pipes.ts";
import { blockUntilEnded, descendantsOf } from "./process-tree.ts";
import type { TreeEnding } from "./tree-ending.ts";

export type ProcessRequest = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: boolean;
  readonly timeoutMs: number | null;
  /** Passed as descriptor 3 and closed on our side. */
  readonly extraDescriptor: number | null;
  readonly ending: TreeEnding;
  /** Called once when the process has ended, before `exited` resolves. */
  readonly onEnded: () => void;
};

export type ProcessStart =
  | { readonly ok: true; readonly command: RunningCommand }
  | { readonly ok: false; readonly message: string };

const defaultGraceMs = 2000;
const endLimitMs = 1000;

/** Entries from `first` on that put /dev/null in the place of each descriptor which the child would inherit. */
const coverInherited = (first: number): { stdio: ("ignore" | number)[]; opened: number[] } => {
  const inherited = inheritedDescriptors().filter((descriptor) => descriptor >= first);
  if (inherited.length === 0) return { stdio: [], opened: [] };
  const nothing = openSync("/dev/null", "r");
  const stdio = Array.from({ length: Math.max(...inherited) + 1 - first }, (_, index) =>
    inherited.includes(first + index) ? nothing : "ignore",
  );
  return { stdio, opened: [nothing] };
};

/** A spawn that failed says so by an event, or by throwing when the arguments are too long. */
const trySpawn = async (request: ProcessRequest, stdin: Pipe | null, output: Pipe): Promise<ChildProcess | string> => {
  const more = request.extraDescriptor === null ? [] : [request.extraDescriptor];
  const covered = coverInherited(3 + more.length);
  try {
    const child = spawn(request.file, request.args, {
      cwd: request.cwd,
      env: request.env,
      stdio: [stdin ? stdin.theirs : "ignore", output.theirs, output.theirs, ...more, ...covered.stdio],
      detached: true,
    });
    if (child.pid !== undefined) return child;
    return await new Promise((resolve) => child.once("error", (error) => resolve(error.message)));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    closeSync(output.theirs);
    if (stdin) closeSync(stdin.theirs);
    for (const descriptor of [...more, ...covered.opened]) closeSync(descriptor);
  }
};

const openPipes = async (
  request: ProcessRequest,
  pipes: Pipes,
): Promise<{ output: Pipe; stdin: Pipe | null } | string> => {
  try {
    const output = await pipes.output();
    return { output, stdin: request.stdin ? await pipes.input() : null };
  } catch (error) {
    if (request.extraDescriptor !== null) closeSync(request.extraDescriptor);
    request.onEnded();
    return error instanceof Error ? error.message : String(error);
  }
};

/** The end of a pipe that writes to the child. Its errors only say that the child no longer reads. */
const inputWriter = (pipe: Pipe): Socket => {
  const writer = new Socket({ fd: pipe.ours, readable: false, writable: true });
  writer.on("error", () => {});
  return writer;
};

/** Starts a program in a process group of its own, with stdout and stderr in one pipe. */
export const startProcess = async (request: ProcessRequest, pipes: Pipes): Promise<ProcessStart> => {
  const startedAt = performance.now();
  const opened = await openPipes(request, pipes);
  if (typeof opened === "string") return { ok: false, message: opened };
  const { output, stdin } = opened;
  const child = await trySpawn(request, stdin, output);
  if (typeof child === "string" || child.pid === undefined) {
    closeSync(output.ours);
    output.giveBack(true);
    if (stdin) {
      closeSync(stdin.ours);
      stdin.giveBack(true);
    }
    request.onEnded();
    return { ok: false, message: typeof child === "string" ? child : "the program did not start" };
  }
  return { ok: true, command: runningCommand(child, child.pid, request, { output, stdin, startedAt }) };
};

type Parts = { readonly output: Pipe; readonly stdin: Pipe | null; readonly startedAt: number };

const runningCommand = (child: ChildProcess, pid: number, request: ProcessRequest, parts: Parts): RunningCommand => {
  const { ending } = request;
  const reader = outputReader(parts.output.ours);
  const writer = parts.stdin ? inputWriter(parts.stdin) : null;
  const endable: Endable = {
    endNow: () => {
      const below = descendantsOf(pid);
      ending.kill(pid);
      // What it was still setting up must not come after the placeholders' removal.
      for (const one of [pid, ...below]) blockUntilEnded(one, endLimitMs);
      request.onEnded();
    },
  };
  remember(endable);
  let timedOut = false;
  let ended = false;
  let killed = false;
  const kill = (): void => {
    killed = true;
    ending.kill(pid);
  };

  const timer =
    request.timeoutMs === null
      ? null
      : setTimeout(() => {
          timedOut = true;
          kill();
        }, request.timeoutMs);

  const exited = new Promise<CommandExit>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = true;
      if (timer) clearTimeout(timer);
      const durationMs = performance.now() - parts.startedAt;
      // What is left of the tree may hold the pipe open for ever: it goes first.
      ending.sweep(pid);
      writer?.destroy();
      void reader
        .finish(() => ending.sweepEverything(pid))
        .then((clean) => {
          parts.output.giveBack(clean);
          parts.stdin?.giveBack(clean);
          forget(endable);
          request.onEnded();
          // bubblewrap turns its command's signal into a code; that it was ours is known here.
          const byUs = killed && code === 137;
          resolve({ code: byUs ? null : code, signal: byUs ? "SIGKILL" : signal, timedOut, durationMs });
        });
    });
  });

  return {
    pid,
    exited,
    onOutput: reader.onOutput,
    write: (data) => {
      if (!ended) writer?.write(data);
    },
    endInput: () => {
      writer?.end();
    },
    kill: async (options) => {
      const graceMs = options?.graceMs ?? defaultGraceMs;
      if (!ended && graceMs > 0) {
        ending.interrupt(pid);
        const grace = setTimeout(kill, graceMs);
        void exited.then(() => clearTimeout(grace));
      } else if (!ended) {
        kill();
      }
      return exited;
    },
  };
};
