import { isDeepStrictEqual } from "node:util";
import {
  type AgentThread,
  type Approver,
  createThread,
  type Goal,
  leaveMessage,
  type Model,
  openThread,
  readThread,
  type ThreadSetup,
  type TurnInput,
  type TurnResult,
  withdrawMessage,
  writeThreadLevel,
} from "@fettle/agent";
import type { AutonomyLevel, ThreadEvent } from "@fettle/protocol";
import type { OpenedGoal } from "../commands/exec-goal.ts";
import type { ServerPool } from "../mcp-pool.ts";
import { openError } from "../open-error.ts";
import { openRun, type RunOptions, type RunSettings, readRunSettings } from "../run-setup.ts";
import { CommandError } from "../usage-error.ts";

/*
 * A thread that a program or an editor works with over a connection. It is open, and locked, only while a turn runs: so
 * `fettle undo`, `fork` or `exec resume` work on it between two turns, and each turn begins with what the configuration
 * and the instruction files say then.
 */

export type SessionPorts = {
  readonly home: string;
  readonly id: string;
  readonly options: RunOptions;
  /** Null: there is nobody to ask. */
  readonly approver: Approver | null;
  readonly tools?: ThreadSetup["tools"];
  readonly openServers: ServerPool["open"];
  readonly onEvent: (event: ThreadEvent) => void;
  /** A line for the user that is no event. Each is said once. */
  readonly note: (line: string) => void;
};

export type SessionTurn = {
  readonly result: TurnResult;
  /** Of the whole thread in US dollars; null when it is not known. */
  readonly cost: number | null;
  readonly model: Model["info"];
};

export type Session = {
  readonly id: string;
  readonly options: RunOptions;
  /**
   * Runs a turn, or all turns of a goal, and after it, unless it is to run alone, those that were queued meanwhile; the last one's result, null when the session is closed.
   * Throws a CommandError when the thread cannot be run.
   */
  run(input: TurnInput, goal?: OpenedGoal, more?: { readonly alone: boolean }): Promise<SessionTurn | null>;
  /** Ends the running turn; resolves when its end is on record. */
  interrupt(): Promise<void>;
  /** Words for the running turn (`call`) or the one after it (`turn`); on the disk when this returns. The message's id. */
  leave(text: string, at: "call" | "turn"): string;
  /** Takes left words back; false when they are on their way to the model already. */
  withdraw(message: string): boolean;
  /** Other options, from the next turn on. */
  change(options: RunOptions): void;
  setAutonomy(level: AutonomyLevel): void;
  /** The same, and no turn begins any more. */
  close(): Promise<void>;
  /** Whether a turn runs. */
  busy(): boolean;
};

/** Makes an empty thread that a session can run: its id, and the path of its log. */
export const newThread = (home: string): { readonly id: string; readonly path: string } => {
  const log = createThread(home);
  log.close();
  return { id: log.id, path: log.path };
};

const runTurns = async (
  thread: AgentThread,
  input: TurnInput,
  alone: boolean,
  stopped: () => boolean,
): Promise<TurnResult> => {
  const first = thread.run(input);
  // Whoever interrupts while the thread is being opened means this turn: its words are on record, and its end.
  if (stopped()) thread.interrupt();
  let result = await first;
  while (result.end.type === "completed" && !alone && !stopped()) {
    const next = thread.nextMessage();
    if (next === null) break;
    result = await thread.run({ ...input, ...next, images: [], compact: false });
  }
  return result;
};

const once = (note: (line: string) => void): ((line: string) => void) => {
  const said = new Set<string>();
  return (line) => {
    if (!said.has(line)) note(line);
    said.add(line);
  };
};

const goalPorts = ({ goal, planPath }: OpenedGoal) => ({
  fixedFiles: [planPath],
  overLimit: goal.overTime,
  askPerson: goal.askPerson,
});

/** While the configuration says the same, the last turn's model and what that knows of its service serve on. */
const createSettings = (home: string) => {
  let before: RunSettings | null = null;
  return {
    async read(options: RunOptions): Promise<RunSettings> {
      const now = await readRunSettings(home, options);
      if (before !== null && isDeepStrictEqual(before.config, now.config)) return { ...now, chosen: before.chosen };
      before = now;
      return now;
    },
    forget(): void {
      before = null;
    },
  };
};

/** Another level for a thread that is not open here. */
const keepLevel = (home: string, id: string, level: AutonomyLevel): void => {
  const read = readThread(home, id);
  if (!read.ok) throw openError(read);
  writeThreadLevel(read.path, level);
};

export const createSession = (ports: SessionPorts): Session => {
  const { home, id } = ports;
  let { options } = ports;
  const say = once(ports.note);
  const settings = createSettings(home);
  let running: Promise<SessionTurn> | null = null;
  let thread: AgentThread | null = null;
  let goal: Goal | null = null;
  let stopped = false;
  let closed = false;

  const runOpened = async (input: TurnInput, alone: boolean, opening?: OpenedGoal): Promise<SessionTurn> => {
    const opened = openThread(home, id);
    if (!opened.ok) throw openError(opened);
    try {
      const now = await settings.read(options);
      const { config, chosen, accounts, notes } = now;
      for (const note of notes) say(note);
      if (chosen.note !== null) say(chosen.note);
      if (input.images.length > 0 && !chosen.model.info.images)
        throw new CommandError(`${chosen.model.info.id} cannot look at pictures; choose another model`);
      const run = await openRun(home, options, now, {
        log: opened.log,
        events: opened.events,
        approver: config.approval_policy === "never" ? null : ports.approver,
        ...(ports.tools === undefined ? {} : { tools: ports.tools }),
        openServers: ports.openServers,
        ...(opening === undefined ? {} : goalPorts(opening)),
        live: true,
        onEvent: ports.onEvent,
      });
      thread = run.thread;
      try {
        for (const notice of run.notices(input.text)) say(notice);
        await run.startRequired();
        const pursued = await opening?.goal.run(run.thread);
        if (pursued?.problem != null) say(pursued.problem);
        const result = pursued?.result ?? (await runTurns(run.thread, input, alone, () => stopped));
        return { result, cost: accounts.cost(result.threadUsage), model: chosen.model.info };
      } finally {
        thread = null;
        await run.close();
      }
    } finally {
      opened.log.close();
    }
  };

  const interrupt = async (): Promise<void> => {
    stopped = true;
    goal?.interrupt();
    thread?.interrupt();
    await running?.catch(() => {});
  };

  return {
    id,
    get options() {
      return options;
    },
    async run(input, opening, { alone } = { alone: false }) {
      if (closed) return null;
      if (running !== null) throw new CommandError("a turn of this thread is running; wait for its end, or steer it");
      stopped = false;
      goal = opening?.goal ?? null;
      running = runOpened(input, alone, opening);
      try {
        return await running;
      } finally {
        running = null;
      }
    },
    interrupt,
    close() {
      closed = true;
      return interrupt();
    },
    leave(text, at) {
      const left = leaveMessage(home, id, { text, at });
      if (!left.ok) throw openError(left);
      return left.message;
    },
    withdraw: (message) => withdrawMessage(home, id, message),
    change(other) {
      // A model of other options is another one, whatever the configuration says.
      if (other.model !== options.model) settings.forget();
      options = other;
    },
    setAutonomy(level) {
      if (thread === null) keepLevel(home, id, level);
      else thread.setAutonomy(level);
    },
    busy: () => running !== null,
  };
};
