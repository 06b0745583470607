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
  Usage,
} from "./events.ts";
export { addUsage, autonomyLevel, isPrinted, isTransient, loggedEvent, noUsage, threadEvent } from "./events.ts";
export type {
  AgentItem,
  AgentMessageItem,
  ApprovalChoice,
  ApprovalItem,
  ApprovalSubject,
  CommandExecutionItem,
  ErrorItem,
  FileChange,
  FileChangeItem,
  HookDecision,
  HookItem,
  ReasoningItem,
  ThreadItem,
  TodoListItem,
  ToolCallItem,
  TreeId,
  UserMessageItem,
} from "./items.ts";
export { approvalChoice, threadItem, treeId } from "./items.ts";
export { eventJsonSchema } from "./json-schema.ts";
