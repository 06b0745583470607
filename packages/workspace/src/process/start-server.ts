import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { searchPathOutside } from "../sandbox/find-program.ts";
import { probeSandbox } from "../sandbox/sandbox.ts";
import { scrubEnvironment } from "../sandbox/scrub-environment.ts";
import { type Endable, forget, remember } from "./live-processes.ts";
import { blockUntilEnded, descendantsOf } from "./process-tree.ts";
import { commandVariable, groupEnding, sandboxEnding, type TreeEnding } from "./tree-ending.ts";

/*
 * Programs of the user's that serve us over their standard streams, outside of the sandbox and for as long as we live.
 * Where there is bubblewrap they run in a process namespace of their own, with everything else as it is: whatever they
 * start and detach goes with it, also when we are killed and can do nothing any more.
 */

export type ServerRequest = {
  /** A path, or a name that is looked for in PATH outside of all workspaces. */
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Added to the ordinary variables of the user's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables of the user's environment that it gets besides the ordinary ones. */
  readonly passed: readonly string[];
};

/** A server that runs. Its owner must call `end`; after that no process of it remains. */
export type RunningServer = {
  readonly input: Writable;
  readonly output: Readable;
  readonly errors: Readable;
  /** How it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  /** Closes its input and gives it `graceMs` to end by itself, then ends it. */
  end(graceMs: number): Promise<void>;
};

export type ServerStart =
  | { readonly ok: true; readonly server: RunningServer }
  | { readonly ok: false; readonly message: string };

const endLimitMs = 1000;
const lastWordsMs = 500;

const namespace = "--die-with-parent --unshare-pid --dev-bind / / --proc /proc --".split(" ");

/**
 * The program begins once a line has come and gone: what tells us that bubblewrap has tied its life to ours. Were we
 * killed before that, the line would never come.
 */
const greeting = ["/bin/sh", "-c", 'echo && IFS= read -r line && exec "$@"', "sh"];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const programOf = ({ command, cwd }: ServerRequest, searchPath: string): string | null => {
  if (command.includes("/")) {
    const path = isAbsolute(command) ? command : resolve(cwd, command);
    return isExecutable(path) ? path : null;
  }
  return (
    searchPath
      .split(delimiter)
      .map((folder) => join(folder, command))
      .find(isExecutable) ?? null
  );
};

const environmentOf = (request: ServerRequest, own: NodeJS.ProcessEnv): Record<string, string> => ({
  ...scrubEnvironment(own, { network: true, secrets: request.passed }),
  PATH: searchPathOutside(own.PATH ?? ""),
  ...request.env,
});

type Launch = { readonly file: string; readonly args: readonly string[]; readonly greets: boolean };

const launchOf = async (program: string, args: readonly string[]): Promise<Launch> => {
  const support = await probeSandbox();
  if (support.kind !== "bubblewrap") return { file: program, args, greets: false };
  return { file: support.path, args: [...namespace, ...greeting, program, ...args], greets: true };
};

const described = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;

/** Resolves once the first byte has come, and takes it; false when the output ended without one. */
const greeted = (output: Readable): Promise<boolean> =>
  new Promise((done) => {
    const look = (): void => {
      if (output.read(1) === null) return;
      output.off("readable", look);
      output.off("end", ended);
      done(true);
    };
    const ended = (): void => done(false);
    output.on("readable", look);
    output.once("end", ended);
  });

let started = 0;

type Child = ChildProcess & { readonly pid: number; stdin: Writable; stdout: Readable; stderr: Readable };

const spawned = (launch: Launch, options: { cwd: string; env: Record<string, string> }): Promise<Child | string> => {
  const { promise, resolve: done } = Promise.withResolvers<Child | string>();
  try {
    const child = spawn(launch.file, launch.args, { ...options, stdio: "pipe", detached: true });
    child.once("error", (error) => done(error.message));
    child.once("spawn", () => done(child as Child));
  } catch (error) {
    done(error instanceof Error ? error.message : String(error));
  }
  return promise;
};

const running = (child: Child, ending: TreeEnding): RunningServer => {
  const kill = (): void => ending.kill(child.pid);
  const endable: Endable = {
    endNow: () => {
      const below = descendantsOf(child.pid);
      kill();
      for (const one of [child.pid, ...below]) blockUntilEnded(one, endLimitMs);
    },
  };
  remember(endable);
  const ended = new Promise<string>((done) => {
    child.once("exit", (code, signal) => {
      // Its number may be another's by now: only what it left behind is ended.
      ending.sweep(child.pid);
      ending.sweepEverything(child.pid);
      forget(endable);
      // Its last words may still be in the pipes; what left the tree may hold them open.
      const late = setTimeout(told, lastWordsMs);
      child.once("close", told);
      function told(): void {
        clearTimeout(late);
        done(described(code, signal));
      }
    });
  });
  // What it no longer reads is lost with it; that it ended is told by `ended`.
  child.stdin.on("error", () => {});
  return {
    input: child.stdin,
    output: child.stdout,
    errors: child.stderr,
    ended,
    async end(graceMs) {
      child.stdin.end();
      const grace = setTimeout(kill, graceMs);
      await ended;
      clearTimeout(grace);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    },
  };
};

/** Starts a server with the user's own rights. It never outlives this process. */
export const startServer = async (request: ServerRequest): Promise<ServerStart> => {
  const env = environmentOf(request, process.env);
  const program = programOf(request, env.PATH ?? "");
  if (program === null) return { ok: false, message: `there is no program ${request.command}` };
  const launch = await launchOf(program, request.args);
  const mark = `${process.pid}-server-${++started}`;
  const child = await spawned(launch, { cwd: request.cwd, env: { ...env, [commandVariable]: mark } });
  if (typeof child === "string") return { ok: false, message: child };
  const server = running(child, launch.greets ? sandboxEnding : groupEnding(mark));
  if (launch.greets) {
    if (!(await greeted(child.stdout))) return { ok: false, message: `it could not be started: ${await server.ended}` };
    child.stdin.write("\n");
  }
  return { ok: true, server };
};
