import type { Scene } from "./scene.ts";

/** What a command printed (both streams) and ended with. */
export type Ran = { readonly output: string; readonly code: number | null };

export const attackClasses = [
  "writes outside",
  "git",
  "configuration",
  "network",
  "secrets",
  "privilege",
  "resources",
  "terminal",
] as const;

/** One attempt to get out. Whether it did is found out on the host, from what the case itself has put there. */
export type Attack = {
  readonly name: string;
  readonly class: (typeof attackClasses)[number];
  /** Gives the attacker the user's files, secrets or session, rather than a nuisance or a look at public facts. */
  readonly severe: boolean;
  /** Flags of `fettle sandbox` that it needs; other sandboxes run it without. */
  readonly options?: (scene: Scene) => readonly string[];
  readonly onlyAs?: "root";
  readonly prepare?: (scene: Scene) => void | Promise<void>;
  /** For bash, in the workspace. */
  readonly script: (scene: Scene) => string;
  readonly surroundings?: Surroundings;
  readonly escaped: (scene: Scene, ran: Ran) => boolean | Promise<boolean>;
};

/** How the sandbox is started, where that is part of the attack. */
export type Surroundings =
  /** With an open folder as descriptor 9 and an open file as 8, both outside. */
  | "open-descriptors"
  /** Standard input is the canary file. */
  | "canary-as-input"
  /** From a shell in a terminal, which reads a line of input afterwards and prints it as TYPED:line. */
  | "terminal";

/** Something people do that a sandbox must not break. */
export type Use = {
  readonly name: string;
  readonly prepare?: (scene: Scene) => void;
  readonly script: (scene: Scene) => string;
  readonly works: (scene: Scene, ran: Ran) => boolean;
};

/** Scripts print this when a call got through that should not. */
export const reached = "REACHED";
export const saysReached = (_scene: Scene, ran: Ran): boolean => ran.output.includes(reached);
