import type { LoggedEvent } from "@fettle/protocol";
import type { ChangedFile, Snapshots } from "@fettle/workspace";
import { threadFacts } from "./interrupted.ts";
import type { ThreadLog } from "./thread/types.ts";

/** One turn that still counts, with the trees around it. */
export type TurnRecord = {
  readonly number: number;
  /** Sequence number of its `turn.started`. */
  readonly seq: number;
  readonly prompt: string;
  /** The files before its first write; null when it wrote nothing or no snapshot could be taken. */
  readonly startTree: string | null;
  readonly endTree: string | null;
};

/** The turns of a thread that no rewind has taken back, oldest first. */
export const turnRecords = (events: readonly LoggedEvent[]): TurnRecord[] => {
  const facts = threadFacts();
  for (const event of events) facts.add(event);
  const turns: { -readonly [K in keyof TurnRecord]: TurnRecord[K] }[] = [];
  for (const event of facts.live(events)) {
    if (event.type === "turn.started")
      turns.push({ number: turns.length + 1, seq: event.seq, prompt: "", startTree: null, endTree: null });
    const turn = turns.at(-1);
    if (turn === undefined) continue;
    if (event.type === "item.completed" && event.item.type === "user_message" && turn.prompt === "")
      turn.prompt = event.item.text;
    if (event.type === "snapshot") {
      turn.startTree ??= event.tree;
      turn.endTree = event.tree;
    }
  }
  return turns;
};

export type UndoPlan =
  | {
      readonly ok: true;
      readonly turn: TurnRecord;
      /** The turns from it on that may have changed files, oldest first. */
      readonly wrote: readonly { readonly startTree: string; readonly endTree: string }[];
    }
  | { readonly ok: false; readonly message: string };

/** What taking back `number` (default: the last turn) and all after it means. */
export const decideUndo = (turns: readonly TurnRecord[], number?: number): UndoPlan => {
  const last = turns.at(-1);
  if (last === undefined) return { ok: false, message: "this thread has no turn to undo" };
  const turn = turns.find((candidate) => candidate.number === (number ?? last.number));
  if (turn === undefined) return { ok: false, message: `this thread has turns 1 to ${last.number}, not ${number}` };
  const wrote = turns
    .slice(turns.indexOf(turn))
    .flatMap(({ startTree, endTree }) => (startTree === null || endTree === null ? [] : [{ startTree, endTree }]));
  return { ok: true, turn, wrote };
};

export type UndoOutcome =
  | {
      readonly ok: true;
      readonly turn: number;
      /** How many turns were taken back. */
      readonly turns: number;
      readonly restored: readonly ChangedFile[];
    }
  | { readonly ok: false; readonly message: string };

const someFiles = (paths: readonly string[]): string =>
  paths
    .slice(0, 5)
    .map((path) => JSON.stringify(path))
    .join(", ") + (paths.length > 5 ? ` and ${paths.length - 5} more` : "");

/** The files those turns changed, and which of them others have changed since or in between. */
const touched = async (
  snapshots: Snapshots,
  wrote: Extract<UndoPlan, { ok: true }>["wrote"],
  current: string,
): Promise<{ ours: Set<string>; disputed: string[] }> => {
  const ours = new Set<string>();
  const theirs = new Set<string>();
  for (const [index, { startTree, endTree }] of wrote.entries()) {
    for (const { path } of await snapshots.changes(startTree, endTree)) ours.add(path);
    const next = wrote[index + 1]?.startTree ?? current;
    for (const { path } of await snapshots.changes(endTree, next)) theirs.add(path);
  }
  return { ours, disputed: [...ours].filter((path) => theirs.has(path)) };
};

/**
 * Takes back a turn and all after it: the files that it changed become what they were before it, other files stay as
 * they are, and the conversation forgets it. The log keeps everything. Refuses when others changed one of those files
 * since, unless `force`.
 */
export const undoTurn = async (options: {
  log: ThreadLog;
  events: readonly LoggedEvent[];
  snapshots: Snapshots;
  turn?: number;
  force: boolean;
}): Promise<UndoOutcome> => {
  const { log, snapshots } = options;
  const records = turnRecords(options.events);
  const plan = decideUndo(records, options.turn);
  if (!plan.ok) return plan;
  const { turn, wrote } = plan;
  const turns = records.filter(({ number }) => number >= turn.number).length;
  const rewind = { type: "thread.rewound" as const, to_seq: turn.seq, turn: turn.number };
  const [first] = wrote;
  if (first === undefined) {
    log.append(rewind);
    log.sync();
    return { ok: true, turn: turn.number, turns, restored: [] };
  }
  const current = await snapshots.take();
  const { ours, disputed } = await touched(snapshots, wrote, current);
  if (!options.force && disputed.length > 0)
    return {
      ok: false,
      message: `${someFiles(disputed)} changed since by other hands; --force restores anyway and loses those changes`,
    };
  const restored = ours.size === 0 ? [] : await snapshots.restore(current, first.startTree, ours);
  log.append({ ...rewind, from_tree: current, to_tree: first.startTree });
  log.sync();
  return { ok: true, turn: turn.number, turns, restored };
};
