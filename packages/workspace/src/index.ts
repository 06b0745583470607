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
