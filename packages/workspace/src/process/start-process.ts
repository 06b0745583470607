import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { CommandExit, RunningCommand } from "../types.ts";
import { inheritedDescriptors } from "./inherited-descriptors.ts";
import { type Endable, forget, remember } from "./live-processes.ts";
import type { Pipes } from "./pipes.ts";
import { blockUntilEnded, descendantsOf } from "./process-tree.ts";
import { capturedStreams, ownStreams, type Streams } from "./streams.ts";
import type { TreeEnding } from "./tree-ending.ts";

export type ProcessRequest = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** `own` gives it our own standard streams; otherwise its output is captured, with or without an input to write to. */
  readonly streams: "captured" | "captured-with-input" | "own";
  readonly timeoutMs: number | null;
  /** Passed as descriptor 3 and closed on our side. */
  readonly extraDescriptor: number | null;
  readonly ending: TreeEnding;
  /** Called when the process has ended, or was not started. */
  readonly onEnded: () => void;
  /** After that, before `exited` resolves: looks at what the command has left. Resolves with what there is to tell. */
  readonly inspect?: () => Promise<readonly string[]>;
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
const trySpawn = async (request: ProcessRequest, streams: Streams): Promise<ChildProcess | string> => {
  const more = request.extraDescriptor === null ? [] : [request.extraDescriptor];
  const covered = coverInherited(3 + more.length);
  try {
    const child = spawn(request.file, request.args, {
      cwd: request.cwd,
      env: request.env,
      stdio: [...streams.stdio, ...more, ...covered.stdio],
      detached: true,
    });
    if (child.pid !== undefined) return child;
    return await new Promise((resolve) => child.once("error", (error) => resolve(error.message)));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const descriptor of [...more, ...covered.opened]) closeSync(descriptor);
  }
};

const openStreams = async (request: ProcessRequest, pipes: Pipes): Promise<Streams | string> => {
  try {
    if (request.streams === "own") return await ownStreams(pipes);
    return await capturedStreams(pipes, request.streams === "captured-with-input");
  } catch (error) {
    if (request.extraDescriptor !== null) closeSync(request.extraDescriptor);
    request.onEnded();
    return error instanceof Error ? error.message : String(error);
  }
};

/** Starts a program in a process group of its own. */
export const startProcess = async (request: ProcessRequest, pipes: Pipes): Promise<ProcessStart> => {
  const startedAt = performance.now();
  const streams = await openStreams(request, pipes);
  if (typeof streams === "string") return { ok: false, message: streams };
  const child = await trySpawn(request, streams);
  if (typeof child === "string" || child.pid === undefined) {
    streams.abandon();
    request.onEnded();
    return { ok: false, message: typeof child === "string" ? child : "the program did not start" };
  }
  streams.started();
  return { ok: true, command: runningCommand(child, child.pid, request, { streams, startedAt }) };
};

type Parts = { readonly streams: Streams; readonly startedAt: number };

const runningCommand = (child: ChildProcess, pid: number, request: ProcessRequest, parts: Parts): RunningCommand => {
  const { ending } = request;
  const { streams } = parts;
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

  const afterExit = async (code: number | null, signal: NodeJS.Signals | null): Promise<CommandExit> => {
    const durationMs = performance.now() - parts.startedAt;
    // What is left of the tree may hold the pipe open for ever: it goes first.
    ending.sweep(pid);
    const problems = await streams.finish(() => ending.sweepEverything(pid));
    forget(endable);
    request.onEnded();
    const found = (await request.inspect?.()) ?? [];
    // bubblewrap turns its command's signal into a code; that it was ours is known here.
    const byUs = killed && code === 137;
    const notices = [...problems, ...found];
    return { code: byUs ? null : code, signal: byUs ? "SIGKILL" : signal, timedOut, durationMs, notices };
  };

  const exited = new Promise<CommandExit>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = true;
      if (timer) clearTimeout(timer);
      void afterExit(code, signal).then(resolve);
    });
  });

  return {
    pid,
    exited,
    onOutput: streams.onOutput,
    write: (data) => {
      if (!ended) streams.write(data);
    },
    endInput: streams.endInput,
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
