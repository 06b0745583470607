import assert from "node:assert/strict";
import type { Attack } from "./attack.ts";
import type { User } from "./scene.ts";
import { attacks, type Outcome, together, trySuite, uses } from "./suite.ts";

/** Calls that are only tried and told need no scene of their own. */
const isPlain = (one: Attack): boolean => one.class === "privilege";

const through = (outcomes: readonly Outcome[]): string[] =>
  outcomes.filter(({ failed }) => failed).map((outcome) => `${outcome.class}: ${outcome.name}\n${outcome.output}`);

/** Every attack and every use through the real program. What a case says is found out on the host. */
export const nothingGetsOut = async (user: User): Promise<void> => {
  const cases = [...attacks.filter((one) => !isPlain(one)), ...together(attacks.filter(isPlain)), ...uses];
  const outcomes = await trySuite(cases, { target: "fettle", user, program: "" });
  assert.ok(outcomes.length > 180);
  assert.deepEqual(through(outcomes), []);
};
