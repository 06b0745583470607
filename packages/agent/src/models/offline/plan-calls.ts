import type { CallDraft } from "./replay.ts";

const steps = (command: string, keep: boolean): string[] => [
  "Look at the repository",
  `Run ${command}`,
  "Search for an edit that makes the failing tests pass",
  keep ? "Report the edit without applying it" : `Apply the best edit and run ${command} again`,
];

/** The plan of a repair with `done` steps behind it. `over`: the rest is not needed and falls away. */
export const planCall = (command: string, keep: boolean, done: number, over = false): CallDraft => ({
  name: "update_plan",
  args: {
    plan: steps(command, keep)
      .slice(0, over ? done : undefined)
      .map((step, index) => ({
        step,
        status: index < done ? "completed" : index === done ? "in_progress" : "pending",
      })),
  },
});
