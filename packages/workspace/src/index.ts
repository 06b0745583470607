export { openWorkspace, type WorkspaceOptions } from "./open-workspace.ts";
export { applyPatch } from "./patch/apply-patch.ts";
export { applyPatchGrammar } from "./patch/grammar.ts";
export { endAll } from "./process/live-processes.ts";
export { probeSandbox } from "./sandbox/sandbox.ts";
export type { ProbedSupport } from "./sandbox/support.ts";
export type { ImpliedCommands } from "./shell/implied-commands.ts";
export { loadShellAnalysis, type ShellAnalysis } from "./shell/load-analysis.ts";
export type { PatchInScript } from "./shell/patch-in-script.ts";
export type {
  ChangedFile,
  CommandExit,
  CommandRequest,
  CommandStart,
  PatchChange,
  PatchOutcome,
  Policy,
  RunningCommand,
  SandboxMode,
  SandboxSupport,
  Snapshots,
  Workspace,
} from "./types.ts";
export { SnapshotError } from "./types.ts";
