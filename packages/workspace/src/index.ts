export { type CopyPlan, makeCopy, planCopy, removeCopy } from "./copies/open-copy.ts";
export { hostEntryCovers, hostEntryProblem } from "./network/host-patterns.ts";
export type { NetworkDecision, NetworkPorts, NetworkRequest } from "./network/network-ports.ts";
export { openWorkspace } from "./open-workspace.ts";
export { applyPatch } from "./patch/apply-patch.ts";
export { applyPatchGrammar } from "./patch/grammar.ts";
export { parsePatch } from "./patch/parse-patch.ts";
export { unifiedDiff } from "./patch/unified-diff.ts";
export { type RunningServer, startServer } from "./process/start-server.ts";
export { loadRules } from "./rules/load-rules.ts";
export type { JudgedCommand, Rule, ToolRule, ToolVerdict, Verdict } from "./rules/types.ts";
export { findProgram, programPath } from "./sandbox/find-program.ts";
export { loadShellAnalysis, type ShellAnalysis } from "./shell/load-analysis.ts";
export type {
  ChangedFile,
  CommandExit,
  CommandRequest,
  CommandStart,
  ConnectionRequest,
  MergeOutcome,
  NetworkPolicy,
  Policy,
  RunningCommand,
  SandboxMode,
  Snapshots,
  Workspace,
} from "./types.ts";
