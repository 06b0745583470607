import { constants } from "node:os";
import { type AgentThread, type Approver, type Config, createMcpServers, type McpServers } from "@fettle/agent";
import type { Workspace } from "@fettle/workspace";
import { chooseApprover } from "../approvals/choose-approver.ts";
import type { ExecOptions } from "./exec-options.ts";
import { type ExecOutput, jsonOutput, textOutput } from "./exec-output.ts";

const exitInterrupted = 130;

/** What ties a running thread to whatever may interrupt it. */
export type Signals = { readonly stopped: () => boolean; readonly release: () => void };
type Interruptible = Pick<AgentThread, "interrupt">;

/** Where the events of a run go, whom it asks, and what else it shares with others. */
export type ExecHost = {
  readonly output: ExecOutput;
  chooseApprover(config: Config): Promise<Approver | null>;
  attach(thread: Interruptible, workspace: Workspace): Signals;
  openServers: typeof createMcpServers;
  /** The run no longer needs them. */
  releaseServers(servers: McpServers): Promise<void>;
};

/** First signal: end the turn cleanly. Second: end at once. */
const onSignals = (thread: Interruptible, workspace: Workspace, output: ExecOutput): Signals => {
  let asked = false;
  let unread = false;
  const handler = (signal: NodeJS.Signals): void => {
    if (signal === "SIGTERM") output.terminated();
    if (asked) void workspace.close().finally(() => process.exit(exitInterrupted));
    asked = true;
    thread.interrupt();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, handler);
  // Ctrl-\ means at once, but placeholders and processes must not stay.
  const quit = (): void => process.exit(128 + constants.signals.SIGQUIT);
  process.on("SIGQUIT", quit);
  // A reader that went away (`| head`) ends the run like an interrupt. Each further write fails again, so this never
  // counts as the second signal.
  process.stdout.on("error", () => {
    unread = true;
    thread.interrupt();
  });
  process.stderr.on("error", () => {});
  return {
    stopped: () => asked || unread,
    release() {
      for (const signal of signals) process.off(signal, handler);
      process.off("SIGQUIT", quit);
    },
  };
};

/** A run of its own: standard streams, the process's signals, the terminal or a file of answers. */
export const terminalHost = (options: ExecOptions): ExecHost => {
  const output = options.json ? jsonOutput() : textOutput(!options.ephemeral);
  return {
    output,
    chooseApprover: (config) => chooseApprover(config, options.approvalFile),
    attach: (thread, workspace) => onSignals(thread, workspace, output),
    openServers: createMcpServers,
    releaseServers: (servers) => servers.close(),
  };
};
