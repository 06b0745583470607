import type { EventOf, LoggedEvent } from "@fettle/protocol";
import { threadFacts } from "../interrupted.ts";

export type GoalLimits = {
  /** Turns of the model in all; null for no limit. */
  readonly maxTurns: number | null;
  /** Milliseconds of work in all; null for no limit. */
  readonly maxMs: number | null;
};

/** A goal that a thread has not reached yet. */
export type UnfinishedGoal = {
  readonly plan: string;
  readonly limits: GoalLimits;
  readonly turns: number;
  readonly elapsedMs: number;
  readonly stalled: number;
};

/** What came after the last stand was worked too, when the process was killed before the next; up to the turn's end. */
const workedSince = (stand: LoggedEvent, live: readonly LoggedEvent[]): number => {
  const after = live.filter(({ seq }) => seq > stand.seq);
  const end = after.findIndex(({ type }) => type === "turn.failed" || type === "turn.completed");
  const last = (end < 0 ? after : after.slice(0, end)).at(-1) ?? stand;
  return Math.max(0, Date.parse(last.at) - Date.parse(stand.at)) || 0;
};

/** What a thread was working towards when it ended; null when it had no goal or reached it. */
export const unfinishedGoal = (events: readonly LoggedEvent[]): UnfinishedGoal | null => {
  const facts = threadFacts();
  for (const event of events) facts.add(event);
  const live = facts.live(events);
  const stand = live.findLast((event): event is LoggedEvent & EventOf<"goal.updated"> => event.type === "goal.updated");
  if (stand === undefined || stand.status === "done") return null;
  const killed = stand.status === "working";
  return {
    plan: stand.plan,
    limits: { maxTurns: stand.max_turns ?? null, maxMs: stand.max_ms ?? null },
    turns: stand.turns,
    elapsedMs: stand.elapsed_ms + (killed ? workedSince(stand, live) : 0),
    // Whoever takes up what had come to a stop wants it tried anew.
    stalled: killed ? stand.stalled : 0,
  };
};
