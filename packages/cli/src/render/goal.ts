import type { EventOf, GoalStanding, GoalStatus } from "@fettle/protocol";
import type { Colours } from "./colours.ts";
import { oneLine } from "./plain-text.ts";

type Stand = EventOf<"goal.updated">;

const standings: Readonly<Record<GoalStanding, { mark: string; colour: keyof Colours; says: string }>> = {
  verified: { mark: "✓", colour: "green", says: "verified" },
  claimed: { mark: "?", colour: "yellow", says: "unproven: ticked by word alone, it has no verify command" },
  failed: { mark: "✗", colour: "red", says: "its command fails" },
  waiting: { mark: "…", colour: "yellow", says: "a question waits in the plan" },
  open: { mark: "☐", colour: "dim", says: "open" },
};

const ends: Readonly<Record<Exclude<GoalStatus, "working" | "limit">, string>> = {
  done: "done",
  questions: 'only questions are left; answer them in the plan, or: fettle exec resume --last "ANSWER"',
  stalled: 'stopped, because nothing new was seen for too many turns; go on with: fettle exec resume --last "HINT"',
};

const duration = (ms: number): string =>
  ms < 60_000 ? `${(ms / 1000).toFixed(0)} s` : `${Math.round(ms / 60_000)} min`;

const took = ({ turns, elapsed_ms }: Stand): string =>
  `${turns} ${turns === 1 ? "turn" : "turns"}, ${duration(elapsed_ms)}`;

/** A resumed goal keeps its limits, so which of them it was must be known to go on. */
const limitReached = ({ turns, elapsed_ms, max_turns, max_ms }: Stand): string => {
  if (max_turns !== undefined && turns >= max_turns) return `--max-turns ${max_turns}`;
  return max_ms !== undefined && elapsed_ms >= max_ms ? `--max-time, ${duration(max_ms)}` : "the budget";
};

const endOf = (event: Stand, status: Exclude<GoalStatus, "working">): string =>
  status === "limit"
    ? `stopped at a limit (${limitReached(event)}); go on with: fettle exec resume --last and a higher one`
    : ends[status];

/** How far a goal is: one line on the way, all steps at its end. */
export const goalLines = (event: Stand, c: Colours): string | null => {
  const { steps, status } = event;
  const settled = steps.filter(({ standing }) => standing === "verified" || standing === "claimed").length;
  if (status === "working")
    return steps.length === 0 ? null : c.bold(`goal: ${settled} of ${steps.length} steps done after ${took(event)}`);
  const lines = steps.map(({ text, standing }) => {
    const { mark, colour, says } = standings[standing];
    return `  ${c[colour](mark)} ${oneLine(text, 120)} — ${says}`;
  });
  return [c.bold(`goal: ${endOf(event, status)} (${settled} of ${steps.length} steps, ${took(event)})`), ...lines].join(
    "\n",
  );
};
