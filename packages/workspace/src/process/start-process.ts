import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import type { CommandExit, RunningCommand } from "../types.ts";
import { inheritedDescriptors } from "./inherited-descriptors.ts";
import { type Endable, forget, remember } from "./live-processes.ts";
import type { Pipe, Pipes } from "./pipes.ts";
import { blockUntilEnded, childrenOf, descendantsOf } from "./process-tree.ts";
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
  /**
   * The program waits for a byte on the descriptor after that one, which it gets once this resolves with null. A
   * sentence says why it must not run. Null: the program waits for nothing.
   */
  readonly approve: ((pid: number, ended: () => boolean) => Promise<string | null>) | null;
  readonly ending: TreeEnding;
  /** Called when the process has ended, or was not started. */
  readonly onEnded: () => void;
  /** After that, before `exited` resolves: looks at what the command has left. Resolves with what there is to tell. */
  readonly inspect?: () => Promise<readonly string[]>;
};

export type ProcessStart =
  | { readonly ok: true; readonly command: RunningCommand }
  /** `unmade`: the program ended before it ran anything, by itself or unapproved; what `inspect` told of it. Another attempt may go well. */
  | { readonly ok: false; readonly message: string; readonly unmade?: readonly string[] };

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
const trySpawn = async (request: ProcessRequest, { streams, gate }: Opened): Promise<ChildProcess | string> => {
  const more = [request.extraDescriptor, gate?.theirs ?? null].filter((descriptor) => descriptor !== null);
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

type Opened = { readonly streams: Streams; readonly gate: Pipe | null };

const openStreams = async (request: ProcessRequest, pipes: Pipes): Promise<Opened | string> => {
  let streams: Streams | null = null;
  try {
    const withInput = request.streams === "captured-with-input";
    streams = request.streams === "own" ? await ownStreams(pipes) : await capturedStreams(pipes, withInput);
    return { streams, gate: request.approve === null ? null : await pipes.input() };
  } catch (error) {
    streams?.abandon();
    if (request.extraDescriptor !== null) closeSync(request.extraDescriptor);
    request.onEnded();
    return error instanceof Error ? error.message : String(error);
  }
};

/** Lets the program go on once that is approved, or ends it. */
const passGate = async (
  approve: NonNullable<ProcessRequest["approve"]>,
  gate: Pipe,
  child: ChildProcess,
  command: RunningCommand,
  beforeItRuns: () => void,
): Promise<ProcessStart> => {
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const refusal = await approve(command.pid, ended);
  const failed = child.exitCode !== null;
  beforeItRuns();
  // A byte for a program that has ended meanwhile would stay in the pipe; without readers it is an error, and lost.
  if (refusal === null) tryWrite(gate.ours);
  closeSync(gate.ours);
  gate.giveBack(false);
  if (refusal === null) return failed ? unmade(command) : { ok: true, command };
  const { notices } = await command.kill({ graceMs: 0 });
  return { ok: false, message: refusal, unmade: notices };
};

/** What the program said of its own failure. */
const unmade = async ({ onOutput, exited }: RunningCommand): Promise<ProcessStart> => {
  const chunks: Buffer[] = [];
  onOutput((chunk) => chunks.push(Buffer.from(chunk)));
  const { notices } = await exited;
  const words = Buffer.concat(chunks).toString("utf8").trim();
  return { ok: false, message: `Not run: the sandbox could not be made${words && `: ${words}`}`, unmade: notices };
};

const tryWrite = (descriptor: number): void => {
  try {
    writeSync(descriptor, "\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
};

/** Starts a program in a process group of its own. */
export const startProcess = async (request: ProcessRequest, pipes: Pipes): Promise<ProcessStart> => {
  const startedAt = performance.now();
  const opened = await openStreams(request, pipes);
  if (typeof opened === "string") return { ok: false, message: opened };
  const { streams, gate } = opened;
  const child = await trySpawn(request, opened);
  if (typeof child === "string" || child.pid === undefined) {
    streams.abandon();
    if (gate) closeSync(gate.ours);
    gate?.giveBack(true);
    request.onEnded();
    return { ok: false, message: typeof child === "string" ? child : "the program did not start" };
  }
  streams.started();
  const tree: number[] = [];
  const command = runningCommand(child, child.pid, request, { streams, startedAt, tree });
  const { approve } = request;
  if (!approve || !gate) return { ok: true, command };
  return passGate(approve, gate, child, command, () => tree.push(...childrenOf(command.pid)));
};

/** `tree`: processes that must have ended before the command counts as ended; known once it waits at its gate. */
type Parts = { readonly streams: Streams; readonly startedAt: number; readonly tree: readonly number[] };

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
    // bubblewrap may end a moment before what it takes down with it, which could still write.
    for (const one of parts.tree) blockUntilEnded(one, endLimitMs);
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
