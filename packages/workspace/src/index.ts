export { openWorkspace } from "./open-workspace.ts";
export { applyPatch } from "./patch/apply-patch.ts";
export { applyPatchGrammar } from "./patch/grammar.ts";
export { unifiedDiff } from "./patch/unified-diff.ts";
export { loadRules } from "./rules/load-rules.ts";
export type { JudgedCommand, Verdict } from "./rules/types.ts";
export { loadShellAnalysis, type ShellAnalysis } from "./shell/load-analysis.ts";
export type {
  ChangedFile,
  CommandExit,
  Policy,
  RunningCommand,
  SandboxMode,
  Snapshots,
  Workspace,
} from "./types.ts";
