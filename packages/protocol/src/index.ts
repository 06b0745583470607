export type { ContentPart, InputItem, OutputPart, SealedBeginning, ToolCallPart } from "./conversation.ts";
export { contentPart, inputItem, outputPart } from "./conversation.ts";
export type {
  AutonomyLevel,
  CheckEvidence,
  EventOf,
  FailureCode,
  GoalStanding,
  GoalStatus,
  LoggedEvent,
  ThreadEvent,
  ToldFile,
  Usage,
} from "./events.ts";
export { addUsage, autonomyLevel, isPrinted, isTransient, loggedEvent, noUsage, threadEvent } from "./events.ts";
export { issueWords, problemsOf } from "./issue-words.ts";
export type {
  AgentItem,
  AgentMessageItem,
  ApprovalChoice,
  ApprovalItem,
  ApprovalSubject,
  BrowserItem,
  CommandExecutionItem,
  ErrorItem,
  FileChange,
  FileChangeItem,
  HookDecision,
  HookItem,
  McpToolCallItem,
  ReasoningItem,
  ThreadItem,
  TodoListItem,
  ToolCallItem,
  TreeId,
  UserMessageItem,
  WebFetchItem,
} from "./items.ts";
export { approvalChoice, threadItem, treeId } from "./items.ts";
export { createRpcPeer, RpcError, type RpcHandlers, type RpcPeer, rpcCodes } from "./json-rpc.ts";
export { eventJsonSchema } from "./json-schema.ts";
export { characterCode, controls, plainText } from "./plain-text.ts";
export type {
  ApprovalAnswer,
  CustomTool,
  RpcMethod,
  RpcParams,
  RpcQuestion,
  RpcResult,
  RpcThreadOptions,
  ToolContent,
  TurnOutcome,
} from "./rpc.ts";
export { rpcMethods, rpcNotices, rpcQuestions, rpcVersion } from "./rpc.ts";
export type {
  Entry,
  Evidence,
  OpenItem,
  OpenText,
  ShownEvent,
  Transcript,
  TranscriptFold,
  TurnSummary,
} from "./transcript.ts";
export { createTranscript } from "./transcript-fold.ts";
