import type { AutonomyLevel, CheckEvidence, EventOf, ThreadEvent, Usage } from "./events.ts";
import type { ApprovalItem, FileChange, ThreadItem, TodoListItem, TreeId } from "./items.ts";

/*
 * What screens show of a thread, as a fold over its events. An entry is something that ended, and its place is decided by
 * the log alone, so that live events (with deltas) and stored ones (without) give the same list. What still runs stands beside it.
 */

/** Something that ended and does not change any more. */
export type Entry =
  | { readonly kind: "item"; readonly turn: number; readonly item: ThreadItem }
  | {
      readonly kind: "turn";
      readonly turn: number;
      readonly end: EventOf<"turn.completed"> | EventOf<"turn.failed">;
      /** What patches changed in it, the last word on each path. */
      readonly changes: readonly FileChange[];
      readonly usage: Usage;
      readonly models: ReadonlyMap<string, Usage>;
    }
  | { readonly kind: "event"; readonly turn: number; readonly event: ShownEvent };

export type ShownEvent = EventOf<
  | "thread.forked"
  | "thread.renamed"
  | "thread.rewound"
  | "files.restored"
  | "thread.compacted"
  | "autonomy.changed"
  | "error"
  | "goal.updated"
  | "network.decided"
>;

/** A turn that still counts. */
export type TurnSummary = {
  readonly number: number;
  /** The index of its first entry. */
  readonly entry: number;
  /** The person's words. */
  readonly prompt: string;
  readonly changes: readonly FileChange[];
  readonly state: "running" | "completed" | "failed";
};

/** A text on its way; what a provider's failing stream had said of it vanishes again. */
export type OpenText = { readonly id: string; readonly text: string };

/** A started item, and the end of what it printed so far. */
export type OpenItem = { readonly item: ThreadItem; readonly tail: string };

/** What was seen of checks, for the files as they are now: what passed becomes stale with the next change. */
export type Evidence = { readonly tree: TreeId | null; readonly checks: readonly CheckEvidence[] };

export type Transcript = {
  readonly threadId: string | null;
  readonly title: string | null;
  readonly cwd: string | null;
  readonly model: string | null;
  readonly effort: string | null;
  readonly autonomy: AutonomyLevel | null;
  /** All of them are settled; it only grows. */
  readonly entries: readonly Entry[];
  /** Ended beside an answer on its way, after which they will stand. */
  readonly held: readonly Entry[];
  /** The answer and the thinking on their way. */
  readonly message: OpenText | null;
  readonly thought: OpenText | null;
  /** What was started and has not ended, by id, oldest first; questions and the plan are apart. */
  readonly open: ReadonlyMap<string, OpenItem>;
  readonly waiting: readonly ApprovalItem[];
  readonly plan: TodoListItem | null;
  readonly turns: readonly TurnSummary[];
  /** The number of the running turn; null between turns. */
  readonly running: number | null;
  readonly evidence: Evidence | null;
  readonly goal: EventOf<"goal.updated"> | null;
  /** Tokens of the whole thread, and by model. */
  readonly usage: Usage;
  readonly models: ReadonlyMap<string, Usage>;
  /** Tokens that the last request and its answer had; after compaction an estimate. */
  readonly contextTokens: number;
};

export type TranscriptFold = {
  /** As it is now: one object that changes with `add`; entries in it are never changed. */
  readonly state: Transcript;
  /** Takes one event in constant time. Never throws. */
  readonly add: (event: ThreadEvent) => void;
};
