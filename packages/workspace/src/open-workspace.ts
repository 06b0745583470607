import { existsSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NetworkPorts } from "./network/network-ports.ts";
import type { NetworkEntry, ThreadNetwork } from "./network/thread-network.ts";
import { applyPatch } from "./patch/apply-patch.ts";
import { isProtectedName } from "./patch/protected-names.ts";
import { commandEnvironment } from "./process/command-environment.ts";
import { type Endable, forget, remember } from "./process/live-processes.ts";
import { createPipes, type Pipes } from "./process/pipes.ts";
import { isTooLongForArgument, type ShellCommand, shellCommand, terminalCommand } from "./process/shell-command.ts";
import { type ProcessStart, startProcess } from "./process/start-process.ts";
import { groupEnding, sandboxEnding } from "./process/tree-ending.ts";
import { placesGitUses } from "./sandbox/configured-guards.ts";
import { neverRunFrom } from "./sandbox/find-program.ts";
import { isWithin, isWithinAny, realPathOf } from "./sandbox/paths.ts";
import { temporaryFolder } from "./sandbox/plan.ts";
import { createSandbox, probeSandbox, type Sandbox } from "./sandbox/sandbox.ts";
import { createSnapshots } from "./snapshots/create-snapshots.ts";
import { storeDirIn } from "./snapshots/store.ts";
import type { CommandRequest, CommandStart, Policy, RunningCommand, Workspace } from "./types.ts";

export type WorkspaceOptions = {
  readonly root: string;
  /** Where fettle keeps its state (FETTLE_HOME). No sandboxed command sees it. */
  readonly stateDir: string;
  readonly threadId: string;
  /** Who decides about hosts that a policy of kind `domains` does not name. Without it they are refused. */
  readonly network?: NetworkPorts;
  /** The workspace that this one is a copy of: their snapshots lie in one place. */
  readonly copyOf?: string;
};

const writableRoots = (root: string, policy: Policy): string[] => [
  root,
  ...policy.writableRoots.map(realPathOf).filter((path) => path !== null),
];

type Folder = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly message: string };

const commandFolder = (root: string, request: CommandRequest): Folder => {
  const path = realPathOf(request.cwd);
  if (path === null || !statSync(path).isDirectory()) {
    return { ok: false, message: `Not run: there is no folder ${request.cwd}.` };
  }
  if (request.policy.mode !== "danger-full-access" && !isWithinAny(path, writableRoots(root, request.policy))) {
    return { ok: false, message: `Not run: ${request.cwd} is outside of the workspace ${root}.` };
  }
  return { ok: true, path };
};

const terminalProgram = "/usr/bin/script";

/** What the commands of one workspace share. */
type Surroundings = {
  readonly root: string;
  readonly sandbox: Sandbox;
  readonly network: () => Promise<ThreadNetwork>;
  readonly shell: string;
  /** Our own, read once: Node asks the system for each variable anew. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  commands: number;
};

/** A script that is too long for an argument is put into the private temporary folder. */
const scriptFile = (request: CommandRequest, at: Surroundings): string | null => {
  if (!isTooLongForArgument(request.script, request.pty === true)) return null;
  const name = `.script-${at.commands}`;
  const { temp } = at.sandbox.privateFolder();
  writeFileSync(join(temp, name), request.script, { mode: 0o600 });
  return request.policy.mode === "danger-full-access" ? join(temp, name) : `${temporaryFolder}/${name}`;
};

const commandLine = (request: CommandRequest, at: Surroundings, memoryKiB: number | null): ShellCommand => {
  const command = shellCommand({
    shell: at.shell,
    script: request.script,
    scriptFile: scriptFile(request, at),
    limits: memoryKiB === null ? null : { memoryKiB },
  });
  return request.pty ? terminalCommand(terminalProgram, command) : command;
};

const streamsOf = (request: CommandRequest): "captured" | "captured-with-input" | "own" => {
  if (request.ownStreams === true) return "own";
  return request.stdin === true ? "captured-with-input" : "captured";
};

/** Null when the policy wants no network of the thread's, or there is no sandbox, which `confine` says better. */
const enterNetwork = async (request: CommandRequest, at: Surroundings): Promise<NetworkEntry | null> => {
  if (request.policy.network.kind !== "domains") return null;
  const support = await probeSandbox();
  return support.kind === "bubblewrap" ? (await at.network()).enter(request.policy.network, support.path) : null;
};

/** A full disk, too many open files: the command was not started, and the model can read why. */
const failed = (error: unknown): Extract<ProcessStart, { ok: false }> => ({
  ok: false,
  message: `Not run: ${error instanceof Error ? error.message : String(error)}`,
});

const attempts = 5;

/** What the tree had a moment ago may be gone when it is looked into. */
const vanished = (error: unknown): Extract<ProcessStart, { ok: false }> => {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  return { ...failed(error), unmade: [] };
};

/** What bubblewrap is to mount may go while it mounts: another thread's placeholder, a person's folder. The next look at the tree sees that. */
const startConfined = async (
  request: CommandRequest,
  cwd: string,
  at: Surroundings,
  pipes: Pipes,
): Promise<ProcessStart> => {
  let told: readonly string[] = [];
  for (let attempt = 1; ; attempt++) {
    const started = await tryConfined(request, cwd, at, pipes, told).catch(vanished);
    if (started.ok || started.unmade === undefined || attempt === attempts) return started;
    told = started.unmade;
  }
};

/** `told`: what the attempt before had to tell. */
const tryConfined = async (
  request: CommandRequest,
  cwd: string,
  at: Surroundings,
  pipes: Pipes,
  told: readonly string[],
): Promise<ProcessStart> => {
  const entry = await enterNetwork(request, at);
  if (entry && !entry.ok) return entry;
  const confinement = await at.sandbox.confine(request, cwd, entry !== null);
  if (!confinement.ok) return confinement;
  const command = commandLine(request, at, confinement.memoryKiB);
  const environment = commandEnvironment(
    request,
    { shell: at.shell, mark: "", network: entry?.env ?? {} },
    at.environment,
  );
  const inside = Object.entries(environment.inside).flatMap(([name, value]) => ["--setenv", name, value]);
  const sandbox = [confinement.file, ...inside, ...confinement.args];
  const [file = "", ...args] = [...(entry?.launcher ?? []), ...sandbox, command.file, ...command.args];
  return startProcess(
    {
      file,
      args,
      cwd: "/",
      env: environment.launcher,
      streams: streamsOf(request),
      timeoutMs: request.timeoutMs ?? null,
      extraDescriptor: confinement.seccompDescriptor,
      approve: confinement.approve,
      ending: sandboxEnding,
      onEnded: confinement.release,
      inspect: async () => [...told, ...(await confinement.inspect())],
    },
    pipes,
  );
};

const startFree = (request: CommandRequest, cwd: string, at: Surroundings, pipes: Pipes): Promise<ProcessStart> => {
  const mark = `${process.pid}-${at.sandbox.privateFolder().path}-${at.commands}`;
  const command = commandLine(request, at, null);
  return startProcess(
    {
      ...command,
      cwd,
      env: commandEnvironment(request, { shell: at.shell, mark, network: {} }, at.environment).launcher,
      streams: streamsOf(request),
      timeoutMs: request.timeoutMs ?? null,
      extraDescriptor: null,
      approve: null,
      ending: groupEnding(mark),
      onEnded: () => {},
    },
    pipes,
  );
};

const createStart = (at: Surroundings, running: Set<RunningCommand>): Workspace["start"] => {
  let pipes: Pipes | null = null;
  const startIn = async (request: CommandRequest, cwd: string): Promise<ProcessStart> => {
    pipes ??= createPipes(at.sandbox.privateFolder().path);
    const prepared = pipes.prepare();
    const full = request.policy.mode === "danger-full-access";
    const starting = full ? startFree(request, cwd, at, pipes) : startConfined(request, cwd, at, pipes);
    return (await Promise.all([starting, prepared]))[0];
  };
  return async (request): Promise<CommandStart> => {
    const cwd = commandFolder(at.root, request);
    if (!cwd.ok) return cwd;
    if (request.pty && !existsSync(terminalProgram)) {
      return { ok: false, message: `Not run: a terminal needs ${terminalProgram} (util-linux).` };
    }
    at.commands += 1;
    const started = await startIn(request, cwd.path).catch(failed);
    if (!started.ok) return started;
    const { command } = started;
    running.add(command);
    void command.exited.then(() => running.delete(command));
    return started;
  };
};

/** What lies in the root and stays as it is, beside protected names. */
const closedPlaces = (root: string, policy: Policy): string[] => [
  ...(placesGitUses(root) ?? [root]),
  ...(policy.fixedFiles ?? []),
];

/**
 * Opens the user's folder as a workspace. Quick: it looks at nothing but the root. The sandbox is tried out, and the
 * tree looked through, with the first command. Throws when `root` is not a folder that can be reached.
 */
export const openWorkspace = async (options: WorkspaceOptions): Promise<Workspace> => {
  const root = realpathSync.native(options.root);
  if (!statSync(root).isDirectory()) throw new Error(`${root} is not a folder`);
  neverRunFrom(root);
  const sandbox = createSandbox({ root, stateDir: options.stateDir });
  let network: Promise<ThreadNetwork> | null = null;
  const openNetwork = (): Promise<ThreadNetwork> => {
    // Most threads never need it, and loading it takes a while.
    network ??= import("./network/thread-network.ts").then((module) => module.createThreadNetwork(options.network));
    return network;
  };
  const running = new Set<RunningCommand>();
  const shell = existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";
  const endable: Endable = { endNow: sandbox.close };
  remember(endable);
  return {
    root,
    get support() {
      return sandbox.support();
    },
    snapshots: createSnapshots({
      root,
      storeDir: storeDirIn(options.stateDir),
      leaveOut: [options.stateDir],
      ...(options.copyOf === undefined ? {} : { storeOf: options.copyOf }),
    }),
    start: createStart(
      { root, sandbox, network: openNetwork, shell, environment: { ...process.env }, commands: 0 },
      running,
    ),
    connect: async (policy, request) => (await openNetwork()).connect(policy, request),
    closedPaths: (paths, policy) => {
      const closed = closedPlaces(root, policy);
      return paths.filter(
        (path) => path.split("/").some(isProtectedName) || closed.some((place) => isWithin(join(root, path), place)),
      );
    },
    applyPatch: (patch, cwd, policy) => {
      const closed = policy.mode === "danger-full-access" ? [] : closedPlaces(root, policy);
      return applyPatch(patch, { cwd, roots: policy.mode === "read-only" ? [] : writableRoots(root, policy), closed });
    },
    async close() {
      await Promise.all([...running].map((command) => command.kill({ graceMs: 0 })));
      if (network !== null) (await network).close();
      sandbox.close();
      forget(endable);
    },
  };
};
