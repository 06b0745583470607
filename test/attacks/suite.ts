import { type Attack, saysReached, type Use } from "./attack.ts";
import { configurationAttacks } from "./cases/configuration.ts";
import { gitAttacks } from "./cases/git.ts";
import { nestedGitAttacks } from "./cases/git-nested.ts";
import { networkAttacks } from "./cases/network.ts";
import { privilegeAttacks } from "./cases/privilege.ts";
import { resourceAttacks, terminalAttacks } from "./cases/resources.ts";
import { secretAttacks } from "./cases/secrets.ts";
import { uses } from "./cases/uses.ts";
import { writes } from "./cases/writes.ts";
import { createScene, type User } from "./scene.ts";
import { runCase, type Target } from "./targets.ts";

export const attacks: readonly Attack[] = [
  ...writes,
  ...gitAttacks,
  ...nestedGitAttacks,
  ...configurationAttacks,
  ...networkAttacks,
  ...secretAttacks,
  ...privilegeAttacks,
  ...resourceAttacks,
  ...terminalAttacks,
];
export { uses };

/**
 * Attacks that need no preparation and tell by one word whether they got through, as one that is run at once. Which of
 * them did is seen in the output.
 */
export const together = (plain: readonly Attack[]): Attack[] => {
  const severe = plain.some((one) => one.severe);
  const script = (scene: Parameters<Attack["script"]>[0]): string =>
    plain.map((one) => `echo "trying ${one.name}"; ( ${one.script(scene)}\n)`).join("\n");
  return plain.length === 0
    ? []
    : [{ name: `${plain.length} together`, class: "privilege", severe, script, escaped: saysReached }];
};

export type Outcome = {
  readonly name: string;
  /** `usable` for what people do. */
  readonly class: Attack["class"] | "usable";
  readonly severe: boolean;
  /** It escaped, or it does not work. */
  readonly failed: boolean;
  readonly output: string;
};

/** Runs one case in a scene of its own. */
export const tryCase = async (
  one: Attack | Use,
  at: { target: Target; user: User; program: string },
): Promise<Outcome> => {
  const scene = createScene(at.user);
  try {
    await one.prepare?.(scene);
    const ran = await runCase(at.target, scene, one, at.program);
    const verdict = "works" in one ? !one.works(scene, ran) : await one.escaped(scene, ran);
    const kind =
      "works" in one ? { class: "usable" as const, severe: false } : { class: one.class, severe: one.severe };
    return { name: one.name, ...kind, failed: verdict, output: ran.output };
  } finally {
    scene.close();
  }
};

/** All cases that fit, two at a time, in their order. */
export const trySuite = async (
  cases: readonly (Attack | Use)[],
  at: { target: Target; user: User; program: string },
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<Outcome[]> => {
  const fitting = cases.filter((one) => !("onlyAs" in one && one.onlyAs !== undefined && one.onlyAs !== at.user));
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < fitting.length; index = next++) {
      const one = fitting[index];
      if (one === undefined) return;
      const outcome = await tryCase(one, at);
      outcomes[index] = outcome;
      onOutcome(outcome);
    }
  };
  await Promise.all([work(), work()]);
  return outcomes;
};
