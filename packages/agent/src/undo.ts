import type { LoggedEvent } from "@fettle/protocol";
import type { ChangedFile, Snapshots } from "@fettle/workspace";
import { threadFacts } from "./interrupted.ts";
import type { ThreadLog } from "./thread/types.ts";

type Trees = { readonly startTree: string; readonly endTree: string };

/** One turn that still counts, with the trees around it. */
export type TurnRecord = {
  readonly number: number;
  /** Sequence number of its `turn.started`. */
  readonly seq: number;
  /** Sequence number of its end; null while it has none. */
  readonly endSeq: number | null;
  readonly prompt: string;
  /** The files before its first write; null when it wrote nothing or no snapshot could be taken. */
  readonly startTree: string | null;
  readonly endTree: string | null;
  /** What was put back after it while the conversation stayed. */
  readonly restores: readonly Trees[];
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The events of a thread that no rewind has taken back. */
export const liveEvents = (events: readonly LoggedEvent[]): LoggedEvent[] => {
  const facts = threadFacts();
  for (const event of events) facts.add(event);
  return facts.live(events);
};

/** The turns of a thread that no rewind has taken back, oldest first. */
export const turnRecords = (events: readonly LoggedEvent[]): TurnRecord[] => {
  const turns: Writable<TurnRecord>[] = [];
  for (const event of liveEvents(events)) {
    if (event.type === "turn.started") {
      const number = turns.length + 1;
      turns.push({ number, seq: event.seq, endSeq: null, prompt: "", startTree: null, endTree: null, restores: [] });
    }
    const turn = turns.at(-1);
    if (turn === undefined) continue;
    if (event.type === "turn.completed" || event.type === "turn.failed") turn.endSeq = event.seq;
    if (event.type === "item.completed" && event.item.type === "user_message" && event.item.source === "user")
      turn.prompt ||= event.item.text;
    if (event.type === "snapshot") {
      turn.startTree ??= event.tree;
      turn.endTree = event.tree;
    }
    if (event.type === "files.restored")
      turn.restores = [...turn.restores, { startTree: event.from_tree, endTree: event.to_tree }];
  }
  return turns;
};

export type UndoPlan =
  | {
      readonly ok: true;
      readonly turn: TurnRecord;
      /** What may have changed files from it on, oldest first. */
      readonly wrote: readonly Trees[];
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
    .flatMap(({ startTree, endTree, restores }) => [
      ...(startTree === null || endTree === null ? [] : [{ startTree, endTree }]),
      ...restores,
    ]);
  return { ok: true, turn, wrote };
};

/** What is taken back: the conversation, the files, or both. */
export type UndoScope = "both" | "conversation" | "files";

/** A file that taking back would change, with the lines that would come and go; null for one that is not text. */
export type FileReversal = ChangedFile & {
  readonly lines: { readonly added: number; readonly removed: number } | null;
  /** Others changed it after or between those turns: this would be lost. */
  readonly disputed: boolean;
};

/** What taking back would do, to the files as they are now. */
export type UndoPreview = {
  readonly turn: TurnRecord;
  /** How many turns would be taken back. */
  readonly turns: number;
  /** Those that would change; taking back the conversation alone leaves them. */
  readonly files: readonly FileReversal[];
  /** All files now, and as they were before the turn; null when no file is in question. */
  readonly trees: { readonly current: string; readonly target: string } | null;
};

/** The files those turns changed, and which of them others have changed since or in between. */
const touched = async (
  snapshots: Snapshots,
  wrote: readonly Trees[],
  current: string,
): Promise<{ ours: Set<string>; theirs: Set<string> }> => {
  const ours = new Set<string>();
  const theirs = new Set<string>();
  for (const [index, { startTree, endTree }] of wrote.entries()) {
    for (const { path } of await snapshots.changes(startTree, endTree)) ours.add(path);
    const next = wrote[index + 1]?.startTree ?? current;
    for (const { path } of await snapshots.changes(endTree, next)) theirs.add(path);
  }
  return { ours, theirs };
};

/** Says what taking back `turn` (default: the last) and all after it would do. Changes nothing. Throws `SnapshotError`. */
export const previewUndo = async (options: {
  events: readonly LoggedEvent[];
  snapshots: Snapshots;
  turn?: number;
  scope: UndoScope;
}): Promise<
  { readonly ok: true; readonly preview: UndoPreview } | { readonly ok: false; readonly message: string }
> => {
  const { snapshots, scope } = options;
  const records = turnRecords(options.events);
  const plan = decideUndo(records, options.turn);
  if (!plan.ok) return plan;
  const { turn, wrote } = plan;
  const turns = records.length - turn.number + 1;
  const none: UndoPreview = { turn, turns, files: [], trees: null };
  const target = wrote[0]?.startTree;
  if (target === undefined) return { ok: true, preview: none };
  try {
    return { ok: true, preview: { ...none, ...(await reversals(snapshots, wrote, target)) } };
  } catch (error) {
    // The conversation can be taken back also where the files, or what is known of them, are gone.
    if (scope === "conversation") return { ok: true, preview: none };
    throw error;
  }
};

/** What a restoring that was killed leaves of the file it was writing. */
const halfWritten = /(?:^|\/)\.fettle-[0-9a-f]{16}\.tmp$/;

const reversals = async (
  snapshots: Snapshots,
  wrote: readonly Trees[],
  target: string,
): Promise<Pick<UndoPreview, "files" | "trees">> => {
  const current = await snapshots.take();
  const { ours, theirs } = await touched(snapshots, wrote, current);
  // A file that already is what it would become has nothing to lose: so a restoring that was killed can be repeated.
  const differing = await snapshots.changes(current, target);
  const changes = differing.filter(({ path }) => ours.has(path) || halfWritten.test(path));
  const lines = await snapshots.countLines(current, target);
  const files = changes.map((change) => ({
    ...change,
    lines: lines.get(change.path) ?? null,
    disputed: theirs.has(change.path) && !halfWritten.test(change.path),
  }));
  return { files, trees: { current, target } };
};

const namesOf = (files: readonly FileReversal[]): string =>
  files
    .slice(0, 20)
    .map(({ path }) => JSON.stringify(path))
    .join(", ") + (files.length > 20 ? ` and ${files.length - 20} more` : "");

/** A restoring that fails on its way is taken back, as far as the disk lets us. */
const restoreOrPutBack = async (
  snapshots: Snapshots,
  { current, target }: { current: string; target: string },
  paths: ReadonlySet<string>,
): Promise<ChangedFile[]> => {
  try {
    return await snapshots.restore(current, target, paths);
  } catch (error) {
    const put = await snapshots
      .take()
      .then((half) => snapshots.restore(half, current, paths))
      .catch(() => null);
    if (put === null || put.length === 0) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`the files are again as they were before: ${message}`);
  }
};

/** Leaves a note that the model reads at the beginning of the next turn. */
const tellModel = (log: ThreadLog, events: readonly LoggedEvent[], text: string): void => {
  const facts = threadFacts();
  for (const event of events) facts.add(event);
  const item = { id: facts.nextItemId(), type: "user_message" as const, text, source: "harness" as const };
  log.append({ type: "item.completed", item });
};

const restoredNote = (turn: number, files: readonly FileReversal[]): string =>
  `[note of fettle, not of the user] These files were put back to what they were before turn ${turn}: ${namesOf(files)}. Look at them again before you rely on what you remember.`;
const keptNote = (files: readonly FileReversal[]): string =>
  `[note of fettle, not of the user] Turns that followed here were taken out of this conversation; what they changed in these files stands: ${namesOf(files)}.`;

/**
 * Carries out what `previewUndo` said. Of the files only those that the turns changed become what they were; the log
 * keeps everything. Whoever calls it has asked about disputed files. Throws with the conversation as it was.
 */
export const undoTurn = async (options: {
  log: ThreadLog;
  events: readonly LoggedEvent[];
  snapshots: Snapshots;
  preview: UndoPreview;
  scope: UndoScope;
}): Promise<readonly ChangedFile[]> => {
  const { log, snapshots, scope, events } = options;
  const { turn, files, trees } = options.preview;
  const { number, seq } = turn;
  const rewind = { type: "thread.rewound" as const, to_seq: seq, turn: number };
  if (scope === "conversation" || trees === null) {
    if (scope !== "files") log.append(rewind);
    if (scope === "conversation" && files.length > 0) tellModel(log, events, keptNote(files));
    log.sync();
    return [];
  }
  const paths = new Set(files.map(({ path }) => path));
  const restored = paths.size === 0 ? [] : await restoreOrPutBack(snapshots, trees, paths);
  if (scope === "both") {
    log.append({ ...rewind, from_tree: trees.current, to_tree: trees.target });
  } else if (restored.length > 0) {
    const after = await snapshots.take();
    log.append({ type: "files.restored", turn: number, from_tree: trees.current, to_tree: after });
    tellModel(log, events, restoredNote(number, files));
  }
  log.sync();
  return restored;
};
