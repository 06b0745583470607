import { type AgentsSetup, type Config, modeAt, rolesOf } from "@fettle/agent";
import type { Policy } from "@fettle/workspace";
import { chooseModel } from "./choose-model.ts";
import type { Accounts } from "./spending.ts";

const defaults = { atOnce: 4, depth: 1, inAll: 16, share: 0.5 };

type Given = {
  readonly home: string;
  readonly config: Config;
  /** The model that the run was asked for by name. */
  readonly asked: string | undefined;
  readonly accounts: Accounts;
  tellable(root: string, policy: Policy): ReturnType<AgentsSetup["tellable"]>;
};

/** How a run's thread may have helpers; undefined where the configuration wants none. */
export const agentsSetup = ({ home, config, asked, accounts, tellable }: Given): AgentsSetup | undefined => {
  const { max_threads: atOnce = defaults.atOnce, max_depth: depth = defaults.depth } = config.agents ?? {};
  const { max_total: inAll = defaults.inAll, budget_share: share = defaults.share } = config.agents ?? {};
  if (atOnce === 0 || depth === 0 || inAll === 0) return undefined;
  return {
    home,
    roles: rolesOf(config.agents),
    atOnce,
    inAll,
    depth,
    openModel: (name) => chooseModel(config, home, name ?? asked),
    tellable: (root, policy, level) => tellable(root, { ...policy, mode: modeAt(level, policy.mode === "read-only") }),
    overBudget: accounts.shareOf(share),
  };
};
