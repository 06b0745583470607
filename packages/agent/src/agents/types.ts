import type { AutonomyLevel, Usage } from "@fettle/protocol";
import type { Policy } from "@fettle/workspace";
import type { NestedPlaces } from "../instruction-files/load.ts";
import type { Effort, Model } from "../model.ts";
import type { Skill } from "../skills/load.ts";
import type { TurnPorts } from "../turn.ts";
import type { Role } from "./roles.ts";

export type HelperModel = {
  readonly model: Model;
  /** Its usual effort; undefined for a model that is not asked to think. */
  readonly effort: Effort | undefined;
  readonly decideRetry: TurnPorts["decideRetry"];
};

/** As in the setup of any thread. */
export type HelperTellable = {
  readonly surroundings: string;
  readonly nested: NestedPlaces | null;
  readonly skills: readonly Skill[];
};

/** How helpers are begun, and how many there may be. */
export type AgentsSetup = {
  /** FETTLE_HOME. */
  readonly home: string;
  readonly roles: ReadonlyMap<string, Role>;
  /** At once and in all, helpers of helpers included. */
  readonly atOnce: number;
  readonly inAll: number;
  /** How many levels of helpers there may be below this thread; at least 1. */
  readonly depth: number;
  /** Opens a model anew, for a connection is one thread's; undefined: the thread's own. Rejects with a line for people. */
  openModel(name: string | undefined): Promise<HelperModel>;
  /** What a thread in this folder is told of it. */
  tellable(root: string, policy: Policy, level: AutonomyLevel): HelperTellable;
  /** The limit of a single helper that its spending has reached, in words; null while there is none. */
  overBudget(models: ReadonlyMap<string, Usage>): string | null;
  /** Set for helpers of helpers, which count together. */
  readonly crowd?: Crowd;
};

/** Helpers at work, and begun so far. */
export type Crowd = { running: number; begun: number };

/** What a helper is asked for. */
export type AgentRequest = {
  readonly role: string;
  readonly task: string;
  readonly model?: string | undefined;
  readonly effort?: Effort | undefined;
  readonly writes?: boolean | undefined;
};
