import type { Approver, Config } from "@fettle/agent";

/** Whom a run asks: a file of answers, the person at the terminal, or (null) nobody. */
export const chooseApprover = async (config: Config, approvalFile: string | undefined): Promise<Approver | null> => {
  if (approvalFile !== undefined) return (await import("./approval-file.ts")).readApprovalFile(approvalFile);
  // Standard input is looked at last: to open it costs some milliseconds.
  if (config.approval_policy === "never" || !process.stderr.isTTY || !process.stdin.isTTY) return null;
  return async (question, signal) => (await import("./ask-on-terminal.ts")).askOnTerminal(question, signal);
};
