import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EventOf, ThreadEvent } from "@fettle/protocol";
import type { ScriptedStep } from "../../packages/agent/test/support/scripted-steps.ts";
import type { Scene } from "./scripted-run.ts";

/* What tests of goals share. */

/** Two steps with commands, one of them ticked in vain, and one without. */
export const twoFilesPlan = `# Two files
Some prose.

- [ ] There is one.txt
  verify: \`test -f one.txt\`
- [x] There is two.txt (verify: \`test -f two.txt && echo two is there\`)
- [ ] It is explained
`;

/** A step of the model that shows these steps as completed. */
export const claims = (...steps: string[]): ScriptedStep => ({
  calls: [{ name: "update_plan", arguments: { plan: steps.map((step) => ({ step, status: "completed" })) } }],
});

/** A step of the model that asks a person. */
export const asks = (step: number, question: string): ScriptedStep => ({
  calls: [{ name: "ask_person", arguments: { step, question } }],
});

export const readPlan = (scene: Scene, name = "PLAN.md"): string => readFileSync(join(scene.repository, name), "utf8");
export const writePlan = (scene: Scene, text: string): void => writeFileSync(join(scene.repository, "PLAN.md"), text);

/** How the goal stood after each turn. */
export const standsIn = (events: readonly ThreadEvent[]): EventOf<"goal.updated">[] =>
  events.filter((event) => event.type === "goal.updated").filter(({ steps }) => steps.length > 0);

/** How each step stood at the end. */
export const lastStands = (events: readonly ThreadEvent[]): string[] =>
  (standsIn(events).at(-1)?.steps ?? []).map(({ text, standing }) => `${text}: ${standing}`);
