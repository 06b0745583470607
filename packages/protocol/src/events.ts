import * as z from "zod/mini";
import { contentPart, outputPart, sealedBeginning } from "./conversation.ts";
import { threadItem, treeId } from "./items.ts";

/** Tokens of one request or the sum over a turn. `input_tokens` includes the cached ones, `output_tokens` the reasoning. */
export const usage = z.object({
  input_tokens: z.number(),
  cached_input_tokens: z.number(),
  cache_write_input_tokens: z.number(),
  output_tokens: z.number(),
  reasoning_output_tokens: z.number(),
});
export type Usage = z.infer<typeof usage>;

/** One check's standing for the tree that is handed over. */
export const checkEvidence = z.object({
  /** The command line. */
  command: z.string(),
  /** passed/failed: seen on the final tree. stale: seen, but the tree changed since. unproven: it cannot be said which tree it ran on. */
  standing: z.enum(["passed", "failed", "stale", "unproven"]),
  exit_code: z.optional(z.number()),
  /** The tree it ran on. */
  tree: z.optional(treeId),
  item_id: z.string(),
});
export type CheckEvidence = z.infer<typeof checkEvidence>;

const threadStarted = z.object({
  type: z.literal("thread.started"),
  thread_id: z.string(),
  /** Ours, all below: the workspace's root, the model, the version of fettle that began it. */
  cwd: z.optional(z.string()),
  model: z.optional(z.string()),
  version: z.optional(z.string()),
  /** Ours: what the model is told before the conversation (system prompt and instructions files), fixed for the thread. */
  instructions: z.optional(z.string()),
  title: z.optional(z.string()),
  /** Ours: the thread that this one helps, and in which role. */
  parent: z.optional(z.string()),
  role: z.optional(z.string()),
});

/** What precedes is a copy of another thread's log (ours); `thread.started` there still names the first of them. */
const threadForked = z.object({
  type: z.literal("thread.forked"),
  /** This thread. */
  thread_id: z.string(),
  /** The thread that was copied, and its last turn that was. */
  from: z.string(),
  turn: z.number(),
});

/** A person named the thread (ours). An empty title takes the name away: the first words stand for it again. */
const threadRenamed = z.object({ type: z.literal("thread.renamed"), title: z.string() });

const turnStarted = z.object({
  type: z.literal("turn.started"),
  /** Ours: 1 for a thread's first turn. */
  turn: z.optional(z.number()),
  model: z.optional(z.string()),
  /** Ours: how much the model was asked to think; absent where it is not asked. */
  effort: z.optional(z.string()),
});

const turnCompleted = z.object({
  type: z.literal("turn.completed"),
  usage,
  /** Ours: the snapshot handed over and what was seen to pass on it. */
  tree: z.optional(treeId),
  evidence: z.optional(z.array(checkEvidence)),
});

/** Codes a program can act on. `interrupted`: a person stopped it; `budget`: a limit did. */
export const failureCode = z.enum([
  "interrupted",
  "budget",
  "authentication",
  "model_not_found",
  "unreachable",
  "rate_limited",
  "overloaded",
  "context_overflow",
  "refused",
  "bad_request",
  "bad_response",
  "timeout",
  "internal",
]);
export type FailureCode = z.infer<typeof failureCode>;

const turnFailed = z.object({
  type: z.literal("turn.failed"),
  error: z.object({ message: z.string(), code: z.optional(failureCode) }),
  usage: z.optional(usage),
  tree: z.optional(treeId),
});

const itemStarted = z.object({ type: z.literal("item.started"), item: threadItem });
const itemUpdated = z.object({ type: z.literal("item.updated"), item: threadItem });
const itemCompleted = z.object({ type: z.literal("item.completed"), item: threadItem });

/**
 * Live text of an item on its way (ours). Never stored and never printed by `--json`: `item.completed` has the whole.
 * `kind`: it is the model's thinking; without it what the model says or a command prints.
 */
const itemDelta = z.object({
  type: z.literal("item.delta"),
  item_id: z.string(),
  delta: z.string(),
  kind: z.optional(z.literal("reasoning")),
});

/** The proxy decided about a connection that a command wanted (ours). */
const networkDecided = z.object({
  type: z.literal("network.decided"),
  host: z.string(),
  port: z.number(),
  protocol: z.enum(["http", "connect", "socks"]),
  method: z.nullable(z.string()),
  allowed: z.boolean(),
  why: z.string(),
});

/** How far the agent may go without asking, from here on (ours). */
export const autonomyLevel = z.enum(["suggest", "edit", "run", "trusted", "full"]);
export type AutonomyLevel = z.infer<typeof autonomyLevel>;
const autonomyChanged = z.object({ type: z.literal("autonomy.changed"), level: autonomyLevel });

const threadError = z.object({ type: z.literal("error"), message: z.string() });

const toldFile = z.object({
  kind: z.enum(["instructions", "skill"]),
  /** Absolute. */
  path: z.string(),
  /** Of what the file said, hex; empty when it was gone. */
  sha256: z.string(),
  bytes: z.number(),
  /** How many of them the model was told. */
  used_bytes: z.number(),
});
/** A file whose text the harness told the model after the beginning: a folder's instructions, or a skill. */
export type ToldFile = z.infer<typeof toldFile>;

/**
 * Records (ours): what the model's input is rebuilt from. Stored in the log, not part of the printed stream.
 * `model.completed` is written once per finished model call, so a dropped partial answer leaves no trace.
 */
const inputAdded = z.object({
  type: z.literal("input.added"),
  role: z.enum(["user", "developer"]),
  content: z.array(contentPart),
  /** The `user_message` item this delivers. Absent for what the harness itself tells the model. */
  item_id: z.optional(z.string()),
  /** The files that this tells. Absent for the surroundings, which the harness tells first of all. */
  told: z.optional(z.array(toldFile)),
});
const modelCompleted = z.object({
  type: z.literal("model.completed"),
  model: z.string(),
  response_id: z.optional(z.string()),
  output: z.array(outputPart),
  usage,
});
/** What a model call cost that is no part of the conversation. */
const usageAdded = z.object({
  type: z.literal("usage.added"),
  /** `agent`: a helper's model call, told here once for the sums of this thread. */
  purpose: z.enum(["checkpoint", "review", "empty", "agent"]),
  model: z.string(),
  usage,
  /** The helper's thread. */
  thread_id: z.optional(z.string()),
});
const toolCompleted = z.object({
  type: z.literal("tool.completed"),
  call_id: z.string(),
  name: z.string(),
  freeform: z.optional(z.boolean()),
  content: z.array(contentPart),
});
/**
 * A snapshot was taken. It is the workspace's content after every item that precedes `after_item`'s completion and
 * before any later command that may write. Absent `after_item`: the content before the turn's first command.
 */
const snapshotTaken = z.object({
  type: z.literal("snapshot"),
  tree: treeId,
  after_item: z.optional(z.string()),
});
/** A person took back turns: everything from the event `to_seq` on no longer counts for the conversation. */
const threadRewound = z.object({
  type: z.literal("thread.rewound"),
  to_seq: z.number(),
  /** The turn that was undone, and the trees before and after restoring, when files were restored. */
  turn: z.number(),
  from_tree: z.optional(treeId),
  to_tree: z.optional(treeId),
});

/** A person put files back to what they were before a turn, and the conversation stayed (ours). */
const filesRestored = z.object({
  type: z.literal("files.restored"),
  turn: z.number(),
  /** All files before and after it. */
  from_tree: treeId,
  to_tree: treeId,
});

/**
 * What the model had read before the event `kept_from` gave way to a checkpoint (ours). The log keeps all of it; the
 * model's history tool reads it there.
 */
const threadCompacted = z.object({
  type: z.literal("thread.compacted"),
  /** window: it was about to be full. overflow: the provider said that it was. command: a person wanted it. */
  reason: z.enum(["window", "overflow", "command"]),
  kept_from: z.number(),
  /** What the model reads in its place, in Markdown. */
  checkpoint: z.string(),
  /** The provider's own compaction of the same, which stands before the checkpoint for its own model. */
  sealed: z.optional(sealedBeginning),
  /** Estimates of the input's tokens. */
  tokens_before: z.number(),
  tokens_after: z.number(),
});

/**
 * How a step of a goal's plan stands. verified: fettle saw its command exit 0. failed: it did not. claimed: it has no
 * command and the model, or a person, says it is done. waiting: a question about it has no answer yet.
 */
export const goalStanding = z.enum(["open", "verified", "failed", "claimed", "waiting"]);
export type GoalStanding = z.infer<typeof goalStanding>;

/** questions: only steps are left that wait for an answer. stalled: no new evidence for too many turns. */
export const goalStatus = z.enum(["working", "done", "questions", "stalled", "limit"]);
export type GoalStatus = z.infer<typeof goalStatus>;

/** How far a goal is (ours): when it is taken up, and after each turn. The last one says whether a resumed thread goes on with it. */
const goalUpdated = z.object({
  type: z.literal("goal.updated"),
  /** The plan file, absolute. */
  plan: z.string(),
  status: goalStatus,
  /** Turns of the model, and milliseconds, that it took so far, in all processes. */
  turns: z.number(),
  elapsed_ms: z.number(),
  /** Turns without new evidence up to now; one that only changed files counts half. */
  stalled: z.number(),
  max_turns: z.optional(z.number()),
  max_ms: z.optional(z.number()),
  /** Empty as a turn begins, when nothing was seen yet. */
  steps: z.array(z.object({ text: z.string(), standing: goalStanding })),
});

export const threadEvent = z.discriminatedUnion("type", [
  threadStarted,
  threadForked,
  threadRenamed,
  turnStarted,
  turnCompleted,
  turnFailed,
  itemStarted,
  itemUpdated,
  itemCompleted,
  itemDelta,
  networkDecided,
  autonomyChanged,
  threadError,
  inputAdded,
  modelCompleted,
  toolCompleted,
  snapshotTaken,
  threadRewound,
  filesRestored,
  threadCompacted,
  usageAdded,
  goalUpdated,
]);
/** Everything a turn emits: stored, printed, streamed and reduced by screens in this one form. */
export type ThreadEvent = z.infer<typeof threadEvent>;
export type EventOf<T extends ThreadEvent["type"]> = Extract<ThreadEvent, { type: T }>;

/** How an event stands in a thread's log: numbered from 0 without gaps, `at` in ISO 8601 UTC. */
export const loggedEvent = z.intersection(
  threadEvent,
  z.object({ seq: z.number().check(z.int(), z.nonnegative()), at: z.string() }),
);
export type LoggedEvent = ThreadEvent & { seq: number; at: string };

/** Kinds that live only on screens. */
export const isTransient = (event: ThreadEvent): boolean => event.type === "item.delta";

const records = new Set<string>([
  "input.added",
  "model.completed",
  "tool.completed",
  "snapshot",
  "item.delta",
  "usage.added",
]);
/** Kinds that `exec --json` prints. */
export const isPrinted = (event: ThreadEvent): boolean => !records.has(event.type);

export const noUsage = (): Usage => ({
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
});

export const addUsage = (a: Usage, b: Usage): Usage => ({
  input_tokens: a.input_tokens + b.input_tokens,
  cached_input_tokens: a.cached_input_tokens + b.cached_input_tokens,
  cache_write_input_tokens: a.cache_write_input_tokens + b.cache_write_input_tokens,
  output_tokens: a.output_tokens + b.output_tokens,
  reasoning_output_tokens: a.reasoning_output_tokens + b.reasoning_output_tokens,
});
