import {
  type ApprovalSetup,
  type Approver,
  type AutonomySettings,
  autonomySettings,
  type Config,
  readAllowedHosts,
} from "@fettle/agent";
import type { NetworkPolicy } from "@fettle/workspace";
import { chooseModel } from "../choose-model.ts";
import type { ExecOptions } from "../commands/exec-options.ts";
import { CommandError } from "../usage-error.ts";

type Chosen = Pick<ExecOptions, "autonomy" | "sandbox">;

/** How a run decides and whom it asks, from its options and the configuration. Loads nothing that it may not need. */
export const approvalSetup = (
  options: Chosen,
  config: Config,
  given: { approver: Approver | null; home: string; root: string },
): ApprovalSetup => {
  const { approver, home, root } = given;
  const reviewer = config.approvals?.reviewer_model;
  return {
    approver,
    autonomy: autonomyOf(options, config, root),
    home,
    reviewer: reviewer === undefined ? null : async () => (await chooseModel(config, home, reviewer)).model,
  };
};

const autonomyOf = (options: Chosen, config: Config, root: string): AutonomySettings =>
  autonomySettings(config, {
    root,
    ...(options.autonomy === undefined ? {} : { level: options.autonomy }),
    ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
  });

const allowedHosts = (home: string): readonly string[] => {
  const read = readAllowedHosts(home);
  if (!read.ok) throw new CommandError(read.message, 2);
  return read.allow;
};

/** What of the network commands may reach. With somebody to ask, a host that nothing names becomes a question. */
export const networkPolicy = (config: Config, home: string, attended: boolean): NetworkPolicy => {
  if (config.sandbox_workspace_write?.network_access === true) return { kind: "host" };
  const { allow = [], deny = [], methods } = config.network ?? {};
  const always = allowedHosts(home);
  if (config.network === undefined && always.length === 0 && !attended) return { kind: "none" };
  return {
    kind: "domains",
    allow: [...allow, ...always],
    deny,
    methods: methods?.map((method) => method.toUpperCase()) ?? "all",
  };
};
