import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AgentItem } from "@fettle/protocol";
import type { AgentThread, ThreadSetup } from "../thread-setup.ts";
import type { ThreadState } from "../thread-state.ts";
import type { Tool, ToolContext } from "../tools/tool.ts";
import type { Team } from "./team.ts";
import { createAgentTools } from "./tools.ts";

/** What a thread has to do with helpers. Nothing is loaded before the model wants one. */
export type Agents = {
  readonly tools: readonly Tool[];
  /** Clears away what killed processes left, and tells what became of `cut`: helpers that one of them ran. */
  beginTurn(cut: readonly AgentItem[]): Promise<void>;
  /** Waits for helpers that the model has not heard the end of, and tells it. Whether there were any. */
  hearOut(context: ToolContext): Promise<boolean>;
  /** Ends the helpers at work, and tells the model with the next turn. */
  endTurn(): Promise<void>;
  /** Whether there were any in this process. */
  isAtWork(): boolean;
  close(): Promise<void>;
};

/** Helpers that a killed process ran. */
export const cutHelpers = (state: ThreadState): AgentItem[] =>
  state.facts.openItems().flatMap((item) => (item.type === "agent" ? [item] : []));

type Ports = {
  readonly setup: ThreadSetup;
  readonly state: ThreadState;
  open(setup: ThreadSetup): AgentThread;
  /** Puts words in the log that reach the model with its next call. */
  tell(words: string): void;
};

const none: Agents = {
  tools: [],
  beginTurn: async () => {},
  hearOut: async () => false,
  endTurn: async () => {},
  isAtWork: () => false,
  close: async () => {},
};

const longMs = 86_400_000;

export const createAgents = ({ setup, state, open, tell }: Ports): Agents => {
  const { agents } = setup;
  if (agents === undefined) return none;
  let loading: Promise<Team> | null = null;
  const load = async (): Promise<Team> => {
    const [{ createTeam }, { crowdOf }] = await Promise.all([import("./team.ts"), import("./band.ts")]);
    return createTeam({ setup, agents, state, open, crowd: agents.crowd ?? crowdOf(state.events) });
  };
  const team = (): Promise<Team> => {
    loading ??= load();
    return loading;
  };
  let swept = agents.crowd !== undefined;
  return {
    tools: createAgentTools(agents, team),
    async beginTurn(cut) {
      if (cut.length > 0) {
        const { cutOffWords, missedUsage } = await import("./cut-off.ts");
        for (const event of missedUsage(agents.home, cut, state.events)) state.emit(event);
        tell(cutOffWords(cut));
      }
      if (swept || !existsSync(join(agents.home, "worktrees"))) return;
      swept = true;
      const { sweepCopies } = await import("./copies.ts");
      await sweepCopies(agents.home, state.log.id);
    },
    async hearOut(context) {
      const all = await loading;
      if (all === null || !all.isExpected()) return false;
      const said = await all.wait({ timeoutMs: longMs, names: undefined }, context);
      if (context.signal.aborted) return true;
      tell(`[The agents that were at work when you ended:]\n${said.text}`);
      return true;
    },
    async endTurn() {
      const words = await (await loading)?.endTurn();
      if (typeof words === "string") tell(words);
    },
    isAtWork: () => loading !== null,
    async close() {
      await (await loading)?.close();
    },
  };
};
