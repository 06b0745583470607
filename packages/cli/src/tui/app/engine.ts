import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Approver,
  autonomySettings,
  lastThreadId,
  readThread,
  repositoryRoot,
  settingsInEffect,
  type TurnInput,
  unfinishedGoal,
} from "@fettle/agent";
import type { AutonomyLevel, LoggedEvent, ThreadEvent } from "@fettle/protocol";
import { type OpenedGoal, openGoal } from "../../commands/exec-goal.ts";
import { createSession, newThread, type Session, type SessionTurn } from "../../doors/session.ts";
import { createServerPool } from "../../mcp-pool.ts";
import { openError } from "../../open-error.ts";
import { type RunOptions, type RunSettings, readRunSettings } from "../../run-setup.ts";
import { CommandError } from "../../usage-error.ts";

/*
 * The thread behind the screen. Loaded after the first paint, for it brings the whole agent with it. A thread is made
 * with its first turn.
 */

export type EnginePorts = {
  readonly home: string;
  readonly options: RunOptions;
  readonly approver: Approver;
  readonly onEvent: (event: ThreadEvent) => void;
  readonly note: (line: string) => void;
};

export type StoredThread = {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly events: readonly LoggedEvent[];
};

export type Engine = {
  readonly home: string;
  readonly options: () => RunOptions;
  readonly threadId: () => string | null;
  /** What configuration and options come to now. Throws a CommandError. */
  readonly settings: () => Promise<RunSettings & { readonly level: AutonomyLevel }>;
  /** Runs a turn and, unless `alone`, those queued after it; with a plan file all turns that it takes. Throws a CommandError when it cannot begin. */
  readonly run: (
    input: TurnInput,
    more: { readonly goal?: string; readonly alone?: boolean },
  ) => Promise<SessionTurn | null>;
  /** Words for the running turn or the one after it; the message's id. */
  readonly leave: (text: string, at: "call" | "turn") => string;
  readonly withdraw: (message: string) => boolean;
  readonly interrupt: () => Promise<void>;
  readonly setAutonomy: (level: AutonomyLevel) => void;
  /** Other options, from the next turn on. */
  readonly change: (change: (now: RunOptions) => RunOptions) => void;
  /** A stored thread by its id, or the last of this folder. Throws a CommandError. */
  readonly read: (id: string | null) => StoredThread;
  /** Goes on with a stored thread, or (null) with a new one. Only between turns. */
  readonly use: (thread: StoredThread | null) => void;
  readonly close: () => Promise<void>;
};

const cwdOf = (events: readonly LoggedEvent[]): string | undefined =>
  events.find((event) => event.type === "thread.started")?.cwd;

const readStored = (home: string, given: string | null, cwd: string): StoredThread => {
  const id = given ?? lastThreadId(home, { cwd });
  if (id === null) throw new CommandError(`no thread was run in ${cwd} yet`, 2);
  const read = readThread(home, id);
  if (!read.ok) throw openError(read);
  return { id: read.id, path: read.path, bytes: read.bytes, events: read.events };
};

export const createEngine = (ports: EnginePorts): Engine => {
  const { home, approver, onEvent, note } = ports;
  const servers = createServerPool();
  let options = ports.options;
  let session: Session | null = null;
  let stored: StoredThread | null = null;

  const sessionOf = (id: string): Session =>
    createSession({ home, id, options, approver, openServers: servers.open, onEvent, note });

  const settings: Engine["settings"] = async () => {
    const read = await readRunSettings(home, options);
    const chosen = autonomySettings(read.config, {
      root: repositoryRoot(options.cwd),
      ...(options.autonomy === undefined ? {} : { level: options.autonomy }),
      ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
    });
    const { level } = stored === null ? chosen : settingsInEffect(chosen, stored);
    return { ...read, level };
  };

  const goalOf = (path: string, id: string): OpenedGoal => {
    const before = unfinishedGoal(readStored(home, id, options.cwd).events);
    const limits = { goal: path, maxTurns: undefined, maxTime: undefined };
    const opened = openGoal({ path, before }, limits, "");
    for (const line of opened.notes) note(line);
    return opened;
  };

  return {
    home,
    options: () => options,
    threadId: () => session?.id ?? null,
    settings,
    run(input, { goal, alone = false }) {
      if (!existsSync(options.cwd)) throw new CommandError(`the folder ${options.cwd} is not there any more`);
      session ??= sessionOf(newThread(home).id);
      const opened = goal === undefined ? undefined : goalOf(resolve(options.cwd, goal), session.id);
      return session.run(input, opened, { alone });
    },
    leave(text, at) {
      if (session === null) throw new CommandError("no thread runs");
      return session.leave(text, at);
    },
    withdraw: (message) => session?.withdraw(message) ?? false,
    interrupt: async () => session?.interrupt(),
    setAutonomy(level) {
      options = { ...options, autonomy: level };
      session?.change(options);
      session?.setAutonomy(level);
    },
    change(change) {
      options = change(options);
      session?.change(options);
    },
    read: (id) => readStored(home, id, options.cwd),
    use(thread) {
      stored = thread;
      const cwd = thread === null ? undefined : cwdOf(thread.events);
      if (cwd !== undefined) {
        if (!existsSync(cwd)) throw new CommandError(`the folder of this thread, ${cwd}, is not there any more`, 2);
        options = { ...options, cwd };
      }
      session = thread === null ? null : sessionOf(thread.id);
    },
    async close() {
      await session?.close();
      await servers.close();
    },
  };
};
