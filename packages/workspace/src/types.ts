import type { Socket } from "node:net";
import type { NetworkRequest } from "./network/network-ports.ts";

/*
 * The contracts of this package. A workspace is a file tree plus a way to run commands in it; this version has one
 * kind, the user's own folder with the operating system's sandbox around each command.
 */

export type SandboxMode = "read-only" | "workspace-write" | "danger-full-access";

/** What commands may do. Plain data: the plan that carries it out is a pure function of this and the workspace. */
export type Policy = {
  readonly mode: SandboxMode;
  /** Absolute folders that may be written besides the workspace (`--add-dir`). */
  readonly writableRoots: readonly string[];
  /** Absolute files or folders that must be readable although their parents are hidden (our own program). */
  readonly readableRoots: readonly string[];
  readonly network: NetworkPolicy;
  /** Absolute files or folders that commands see empty, whatever else says that they may be read. */
  readonly hiddenPaths: readonly string[];
  /** Names of variables that are passed to commands although they look like credentials. */
  readonly secrets: readonly string[];
  /** Absolute files that neither commands nor patches may change, wherever they lie. Full access knows no such thing. */
  readonly fixedFiles?: readonly string[];
};

/**
 * `none`: no network at all. `host`: the host's own. `domains`: through a proxy that connects to what is listed, and
 * asks about the rest when there is somebody to ask.
 */
export type NetworkPolicy = { readonly kind: "none" } | { readonly kind: "host" } | DomainPolicy;

export type DomainPolicy = {
  readonly kind: "domains";
  /** `example.org`, `*.example.org` (every name below it, not itself), `**.example.org` (both), `*` (all public ones). */
  readonly allow: readonly string[];
  /** The same patterns; wins over `allow` and is never asked about. */
  readonly deny: readonly string[];
  /** Only these methods (upper case). Encrypted connections are refused then, for their methods cannot be seen. */
  readonly methods: readonly string[] | "all";
};

/** A connection that fettle itself opens for a tool. `protocol`, `method` and `by` are what decides, and what people are told. */
export type ConnectionRequest = Pick<NetworkRequest, "host" | "port" | "protocol" | "method" | "by">;

export type Connection =
  | { readonly ok: true; readonly socket: Socket }
  /** One line: who refused it, or why it cannot be reached. */
  | { readonly ok: false; readonly message: string };

export type CommandRequest = {
  /** Run by `/bin/bash -c` (`/bin/sh` where there is no bash), never a login shell. */
  readonly script: string;
  /** Absolute; must be inside the workspace or a writable root, or the request is refused. */
  readonly cwd: string;
  readonly policy: Policy;
  /** Runs with the workspace mounted read-only: provably changes nothing. Ignored under full access. */
  readonly readOnly?: boolean;
  /** Variables added to the scrubbed environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gives the command a terminal of its own, 80×24 (`script`(1) inside the sandbox; the user's tty never goes in). */
  readonly pty?: boolean;
  /** Keep standard input open for `write`. Otherwise it is empty. */
  readonly stdin?: boolean;
  /** Our own standard streams become the command's: nothing is captured. Not with `pty` or `stdin`. */
  readonly ownStreams?: boolean;
  /** The command and all its descendants are killed after this long. */
  readonly timeoutMs?: number;
};

export type CommandExit = {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** What a person should know, a line each: what the command planted and was made harmless, a stream that broke. */
  readonly notices: readonly string[];
};

/** A started command. Its owner must await `exited` or call `kill`; after either no process of it remains. */
export type RunningCommand = {
  readonly pid: number;
  /** Called with each chunk of stdout and stderr, in order of arrival. At most one listener, which must copy what it keeps. */
  onOutput(listener: (chunk: Buffer) => void): void;
  /** No-op after the exit. */
  write(data: string): void;
  endInput(): void;
  /** Ends the whole process tree (interrupt: SIGINT first, then SIGKILL after a grace). Resolves when it is gone. */
  kill(options?: { graceMs?: number }): Promise<CommandExit>;
  /** Resolves after the exit and the last byte of output. Never rejects. */
  readonly exited: Promise<CommandExit>;
};

/** How commands are confined here, found once per process. */
export type SandboxSupport =
  | { readonly kind: "bubblewrap"; readonly path: string }
  | { readonly kind: "none"; readonly reason: string; readonly remedy: string };

export type CommandStart =
  | { readonly ok: true; readonly command: RunningCommand }
  /** It was not started: the sandbox is missing, the folder is outside, the program could not be spawned. */
  | { readonly ok: false; readonly message: string };

export type ChangedFile = { readonly path: string; readonly kind: "add" | "delete" | "update" };

/**
 * Content of the workspace by tree id. Git plumbing on a private index and object store; works in any folder and
 * never touches the user's index, refs, hooks or configuration. Files that git would ignore are not part of it.
 */
export type Snapshots = {
  /** Takes one now. Calls are serialised. Throws `SnapshotError` when git cannot do it. */
  take(): Promise<string>;
  changes(from: string, to: string): Promise<ChangedFile[]>;
  /** A unified diff, `a/` and `b/` prefixes, binary files named without content. */
  diff(from: string, to: string): Promise<string>;
  /** Lines added and removed, by path; files that are not text are left out. */
  countLines(
    from: string,
    to: string,
  ): Promise<ReadonlyMap<string, { readonly added: number; readonly removed: number }>>;
  /**
   * Makes the workspace's files those of `tree`, touching only what differs from `current` (a tree just taken) and,
   * when `paths` is given, only those.
   * Files ignored by git are left alone. Throws `SnapshotError` before changing anything if an object is missing.
   */
  restore(current: string, tree: string, paths?: ReadonlySet<string>): Promise<ChangedFile[]>;
  /**
   * The tree that has what changed from `base` to `theirs` and from `base` to `ours`, line by line where both changed a
   * text; or what stands against it. Changes no file of the workspace.
   */
  merge(request: MergeRequest): Promise<MergeOutcome>;
};

export type MergeRequest = {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
  /** Whose version is taken where both changed the same. Without it that is a conflict. */
  readonly prefer?: "ours" | "theirs";
};

export type MergeConflict = {
  readonly path: string;
  readonly why: string;
  /** The lines in question with conflict markers; empty where there are none to show. */
  readonly hunks: string;
};

export type MergeOutcome =
  | { readonly ok: true; readonly tree: string }
  | { readonly ok: false; readonly conflicts: readonly MergeConflict[] };

export type PatchChange = ChangedFile & { readonly movePath?: string };

/** A patch either applies whole or leaves the tree as it was. */
export type PatchOutcome =
  | { readonly ok: true; readonly changes: readonly PatchChange[]; readonly summary: string; readonly diff: string }
  | { readonly ok: false; readonly message: string };

export type Workspace = {
  /** Real absolute path. */
  readonly root: string;
  readonly support: SandboxSupport;
  readonly snapshots: Snapshots;
  start(request: CommandRequest): Promise<CommandStart>;
  /**
   * Opens a connection outside of the sandbox, to an address that the policy allows: the decision, the question and the log are
   * those of the commands' proxy. Addresses that are not public must be named by the policy. Never rejects.
   */
  connect(policy: NetworkPolicy, request: ConnectionRequest): Promise<Connection>;
  /**
   * Applies `*** Begin Patch` text. Paths are relative to `cwd`; every path must lie in the workspace or a writable
   * root, symlinks resolved, and outside protected places (`.git`, `.fettle`, …).
   */
  applyPatch(patch: string, cwd: string, policy: Policy): Promise<PatchOutcome>;
  /**
   * Those of these paths, relative to the root, that a patch may not change: protected names, what git's settings use, and
   * the policy's fixed files. For files that come by another way than a command or a patch.
   */
  closedPaths(paths: readonly string[], policy: Policy): string[];
  /** Ends what it owns: running commands, placeholders, the private temp folder. */
  close(): Promise<void>;
};

export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}
