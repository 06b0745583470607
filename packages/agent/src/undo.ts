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
      readonly toTree: string | null;
      readonly lastTree: string | null;
      readonly edited: boolean;
    }
  | { readonly ok: false; readonly message: string };

/**
 * What taking back `number` (default: the last turn) and all after it means. `edited` says that files changed between
 * those turns by other hands than fettle's, so that restoring would lose that too.
 */
export const decideUndo = (turns: readonly TurnRecord[], number?: number): UndoPlan => {
  const last = turns.at(-1);
  if (last === undefined) return { ok: false, message: "this thread has no turn to undo" };
  const turn = turns.find((candidate) => candidate.number === (number ?? last.number));
  if (turn === undefined) return { ok: false, message: `this thread has turns 1 to ${last.number}, not ${number}` };
  const wrote = turns.filter((candidate) => candidate.number >= turn.number && candidate.startTree !== null);
  const edited = wrote.some((later, i) => i > 0 && later.startTree !== wrote[i - 1]?.endTree);
  return { ok: true, turn, toTree: wrote[0]?.startTree ?? null, lastTree: wrote.at(-1)?.endTree ?? null, edited };
};

export type UndoOutcome =
  | {
      readonly ok: true;
      readonly turn: number;
      readonly restored: readonly ChangedFile[];
      readonly fromTree: string | null;
    }
  | { readonly ok: false; readonly message: string };

const sameFiles = (files: readonly ChangedFile[]): string =>
  files
    .slice(0, 5)
    .map(({ path }) => JSON.stringify(path))
    .join(", ") + (files.length > 5 ? ` and ${files.length - 5} more` : "");

/**
 * Takes back a turn and all after it: the files become what they were before it and the conversation forgets it. The
 * log keeps everything. Refuses when files were edited by others since, unless `force`.
 */
export const undoTurn = async (options: {
  log: ThreadLog;
  events: readonly LoggedEvent[];
  snapshots: Snapshots;
  turn?: number;
  force: boolean;
}): Promise<UndoOutcome> => {
  const { log, snapshots, force } = options;
  const plan = decideUndo(turnRecords(options.events), options.turn);
  if (!plan.ok) return plan;
  const rewind = { type: "thread.rewound" as const, to_seq: plan.turn.seq, turn: plan.turn.number };
  if (plan.toTree === null) {
    log.append(rewind);
    return { ok: true, turn: plan.turn.number, restored: [], fromTree: null };
  }
  const current = await snapshots.take();
  if (!force && plan.lastTree !== null && current !== plan.lastTree) {
    const files = sameFiles(await snapshots.changes(plan.lastTree, current));
    return {
      ok: false,
      message: `files changed since that turn: ${files}; --force restores anyway and loses those changes`,
    };
  }
  if (!force && plan.edited)
    return {
      ok: false,
      message: "files were edited between these turns; --force restores anyway and loses those edits",
    };
  const restored = await snapshots.restore(current, plan.toTree);
  log.append({ ...rewind, from_tree: current, to_tree: plan.toTree });
  log.sync();
  return { ok: true, turn: plan.turn.number, restored, fromTree: current };
};
