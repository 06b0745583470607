import type { CheckEvidence, EventOf, ThreadEvent, Usage } from "./events.ts";
import { addUsage, noUsage } from "./events.ts";
import type { FileChange, ThreadItem } from "./items.ts";
import type { Entry, OpenItem, ShownEvent, Transcript, TranscriptFold, TurnSummary } from "./transcript.ts";

type Folding = { -readonly [K in keyof Transcript]: Transcript[K] } & {
  entries: Entry[];
  held: Entry[];
  open: Map<string, OpenItem>;
  turns: TurnSummary[];
  models: Map<string, Usage>;
  turnUsage: Usage;
  turnModels: Map<string, Usage>;
  /** Commands that ended in this turn: what they still print is no part of an answer. */
  over: Set<string>;
  /** Calls of the last answer that have no result yet. */
  calls: number;
  /** The last answer is in the log and the next was not asked for. */
  answered: boolean;
};

/** More of a command's output is not kept while it runs: screens show its end. */
const mostTail = 16_384;

const begin = (): Folding => ({
  threadId: null,
  title: null,
  cwd: null,
  model: null,
  effort: null,
  autonomy: null,
  entries: [],
  held: [],
  message: null,
  thought: null,
  open: new Map(),
  waiting: [],
  plan: null,
  turns: [],
  running: null,
  evidence: null,
  goal: null,
  usage: noUsage(),
  models: new Map(),
  contextTokens: 0,
  turnUsage: noUsage(),
  turnModels: new Map(),
  over: new Set(),
  calls: 0,
  answered: true,
});

const turnOf = (state: Folding): number => state.turns.at(-1)?.number ?? 0;

/** What was said by a stream that failed is said again from the beginning, or not at all. */
const dropStreams = (state: Folding): void => {
  state.message = null;
  state.thought = null;
};

const release = (state: Folding): void => {
  state.entries.push(...state.held);
  state.held = [];
};

/** These may end while an answer streams, part of which is on the screen: they wait for the rest of it. */
const endsBeside = (item: ThreadItem): boolean =>
  item.type === "agent" ||
  (item.type === "command_execution" && item.origin !== "check") ||
  (item.type === "approval" && item.agent !== undefined);

const isAnswer = (event: ThreadEvent): boolean =>
  event.type === "item.completed" && (event.item.type === "agent_message" || event.item.type === "reasoning");

const push = (state: Folding, entry: Entry, beside: boolean): void => {
  if (beside && state.running !== null && !state.answered) state.held.push(entry);
  else state.entries.push(entry);
};

const noteChanges = (state: Folding, changes: readonly FileChange[]): void => {
  const turn = state.turns.at(-1);
  if (turn === undefined || changes.length === 0) return;
  const last = new Map(turn.changes.map((change) => [change.path, change]));
  for (const change of changes) {
    // A file that came in this turn has still come when it was changed again.
    const before = last.get(change.path);
    last.set(change.path, before?.kind === "add" && change.kind === "update" ? { ...change, kind: "add" } : change);
  }
  state.turns[state.turns.length - 1] = { ...turn, changes: [...last.values()] };
};

const filesChanged = (state: Folding): void => {
  if (state.evidence === null) return;
  const checks = state.evidence.checks.map(
    (check): CheckEvidence =>
      check.standing === "passed" || check.standing === "failed" ? { ...check, standing: "stale" } : check,
  );
  state.evidence = { ...state.evidence, checks };
};

const itemBegan = (state: Folding, item: ThreadItem): void => {
  if (item.type === "approval") {
    state.waiting = [...state.waiting.filter(({ id }) => id !== item.id), item];
  } else if (item.type === "todo_list") {
    state.plan = item;
  } else {
    state.open.set(item.id, { item, tail: state.open.get(item.id)?.tail ?? "" });
  }
};

const itemEnded = (state: Folding, item: ThreadItem): void => {
  const entry: Entry = { kind: "item", turn: turnOf(state), item };
  state.open.delete(item.id);
  if (item.type === "command_execution") state.over.add(item.id);
  switch (item.type) {
    case "agent_message":
      if (state.message?.id === item.id) state.message = null;
      break;
    case "reasoning":
      if (state.thought?.id === item.id) state.thought = null;
      // After the words that it led to, which stream and may already be on the screen.
      if (state.running !== null) state.held.push(entry);
      else state.entries.push(entry);
      return;
    case "error":
      dropStreams(state);
      break;
    case "approval":
      state.waiting = state.waiting.filter(({ id }) => id !== item.id);
      break;
    case "todo_list":
      state.plan = null;
      break;
    case "file_change":
      if (item.status === "completed") {
        noteChanges(state, item.changes);
        filesChanged(state);
      }
      break;
    case "user_message": {
      const turn = state.turns.at(-1);
      if (turn !== undefined && turn.prompt === "" && item.source === "user")
        state.turns[state.turns.length - 1] = { ...turn, prompt: item.text };
      break;
    }
    default:
  }
  push(state, entry, endsBeside(item));
};

const countUsage = (state: Folding, model: string, usage: Usage): void => {
  state.usage = addUsage(state.usage, usage);
  state.models.set(model, addUsage(state.models.get(model) ?? noUsage(), usage));
  state.turnUsage = addUsage(state.turnUsage, usage);
  state.turnModels.set(model, addUsage(state.turnModels.get(model) ?? noUsage(), usage));
};

const turnBegan = (state: Folding, event: EventOf<"turn.started">): void => {
  const number = event.turn ?? turnOf(state) + 1;
  state.turns.push({ number, entry: state.entries.length, prompt: "", changes: [], state: "running" });
  state.running = number;
  state.model = event.model ?? state.model;
  state.effort = event.effort ?? null;
  state.turnUsage = noUsage();
  state.turnModels = new Map();
  state.over.clear();
  state.calls = 0;
  state.answered = false;
};

const turnEnded = (state: Folding, end: EventOf<"turn.completed"> | EventOf<"turn.failed">): void => {
  const turn = state.turns.at(-1);
  dropStreams(state);
  if (turn !== undefined)
    state.turns[state.turns.length - 1] = { ...turn, state: end.type === "turn.completed" ? "completed" : "failed" };
  if (end.type === "turn.completed") state.evidence = { tree: end.tree ?? null, checks: end.evidence ?? [] };
  state.entries.push({
    kind: "turn",
    turn: turnOf(state),
    end,
    changes: turn?.changes ?? [],
    usage: state.turnUsage,
    models: state.turnModels,
  });
  state.running = null;
  state.answered = true;
};

const delta = (state: Folding, { item_id: id, delta: text, kind }: EventOf<"item.delta">): void => {
  const open = state.open.get(id);
  if (open !== undefined) {
    const tail = open.tail + text;
    state.open.set(id, { item: open.item, tail: tail.length > 2 * mostTail ? tail.slice(-mostTail) : tail });
  } else if (state.running === null || state.over.has(id)) {
    return;
  } else if (kind === "reasoning") {
    state.thought = { id, text: state.thought?.id === id ? state.thought.text + text : text };
  } else {
    state.message = { id, text: state.message?.id === id ? state.message.text + text : text };
  }
};

/** What was copied was paid for by the thread that it was copied from. */
const forked = (state: Folding, event: EventOf<"thread.forked">): void => {
  state.threadId = event.thread_id;
  state.usage = noUsage();
  state.models.clear();
};

const rewound = (state: Folding, event: EventOf<"thread.rewound">): void => {
  state.turns = state.turns.filter(({ number }) => number < event.turn);
  if (event.to_tree !== undefined) filesChanged(state);
};

const compacted = (state: Folding, event: EventOf<"thread.compacted">): EventOf<"thread.compacted"> => {
  dropStreams(state);
  state.contextTokens = event.tokens_after;
  // What only the provider can read is long and of no use on a screen.
  const { sealed: _, ...shown } = event;
  return shown;
};

const threadBegan = (state: Folding, event: EventOf<"thread.started">): void => {
  state.threadId = event.thread_id;
  state.title = event.title ?? null;
  state.cwd = event.cwd ?? null;
  state.model = event.model ?? null;
};

/** Events that stand in the list as they are; null for the others. */
const shownEvent = (state: Folding, event: ThreadEvent): ShownEvent | null => {
  switch (event.type) {
    case "thread.forked":
      forked(state, event);
      return event;
    case "thread.renamed":
      state.title = event.title === "" ? null : event.title;
      return event;
    case "thread.rewound":
      rewound(state, event);
      return event;
    case "files.restored":
      filesChanged(state);
      return event;
    case "thread.compacted":
      return compacted(state, event);
    case "autonomy.changed":
      state.autonomy = event.level;
      return event;
    case "goal.updated":
      state.goal = event;
      return event;
    case "error":
      return event;
    case "network.decided":
      return event.allowed ? null : event;
    default:
      return null;
  }
};

const take = (state: Folding, event: ThreadEvent): void => {
  switch (event.type) {
    case "thread.started":
      threadBegan(state, event);
      break;
    case "turn.started":
      turnBegan(state, event);
      break;
    case "turn.completed":
    case "turn.failed":
      turnEnded(state, event);
      break;
    case "item.started":
    case "item.updated":
      itemBegan(state, event.item);
      break;
    case "item.completed":
      itemEnded(state, event.item);
      break;
    case "input.added":
      state.answered = false;
      break;
    case "model.completed":
      countUsage(state, event.model, event.usage);
      state.contextTokens = event.usage.input_tokens + event.usage.output_tokens;
      state.calls = event.output.filter((part) => part.type === "call").length;
      state.answered = true;
      break;
    case "usage.added":
      countUsage(state, event.model, event.usage);
      break;
    case "tool.completed":
      state.calls = Math.max(0, state.calls - 1);
      if (state.calls === 0) state.answered = false;
      break;
    case "snapshot":
      if (state.evidence?.tree !== event.tree) filesChanged(state);
      break;
    default: {
      const shown = shownEvent(state, event);
      if (shown !== null)
        push(state, { kind: "event", turn: turnOf(state), event: shown }, shown.type === "network.decided");
    }
  }
};

/** Begins a transcript. The same events, with or without deltas, give the same entries. */
export const createTranscript = (): TranscriptFold => {
  const state = begin();
  return {
    state,
    add(event) {
      if (event.type === "item.delta") {
        delta(state, event);
        return;
      }
      // An answer's words stand before what ended beside them, and all of that before what comes next.
      if (state.held.length > 0 && (state.answered || state.running === null) && !isAnswer(event)) release(state);
      if (event.type === "turn.completed" || event.type === "turn.failed") release(state);
      take(state, event);
    },
  };
};
