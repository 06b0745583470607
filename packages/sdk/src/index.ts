export type {
  ApprovalAnswer,
  ApprovalChoice,
  AutonomyLevel,
  CheckEvidence,
  RpcQuestion as Question,
  ThreadEvent,
  ThreadItem,
  ToolContent,
  TurnOutcome,
  Usage,
} from "@fettle/protocol";
export { FettleError, type ProgramOptions } from "./connection.ts";
export { type Fettle, openFettle } from "./fettle.ts";
export type { RunOptions, RunResult, RunStream, Thread, ThreadOptions } from "./thread.ts";
export { type Tool, type ToolResult, tool } from "./tool.ts";
