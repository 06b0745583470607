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

const ends: Readonly<Record<Exclude<GoalStatus, "working">, string>> = {
  done: "done",
  questions: 'only questions are left; answer them in the plan, or: fettle exec resume --last "ANSWER"',
  stalled: 'stopped, because nothing new was seen for too many turns; go on with: fettle exec resume --last "HINT"',
  limit: "stopped at a limit; go on with: fettle exec resume --last and a higher one",
};

const took = ({ turns, elapsed_ms }: Stand): string =>
  `${turns} ${turns === 1 ? "turn" : "turns"}, ${elapsed_ms < 60_000 ? `${(elapsed_ms / 1000).toFixed(0)} s` : `${Math.round(elapsed_ms / 60_000)} min`}`;

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
  return [c.bold(`goal: ${ends[status]} (${settled} of ${steps.length} steps, ${took(event)})`), ...lines].join("\n");
};
