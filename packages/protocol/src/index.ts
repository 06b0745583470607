export type { ContentPart, InputItem, OutputPart, ToolCallPart } from "./conversation.ts";
export { contentPart, inputItem, outputPart } from "./conversation.ts";
export type { CheckEvidence, EventOf, FailureCode, LoggedEvent, ThreadEvent, Usage } from "./events.ts";
export { addUsage, isPrinted, isTransient, loggedEvent, noUsage, threadEvent } from "./events.ts";
export type {
  AgentMessageItem,
  CommandExecutionItem,
  ErrorItem,
  FileChange,
  FileChangeItem,
  ReasoningItem,
  ThreadItem,
  TodoListItem,
  ToolCallItem,
  TreeId,
  UserMessageItem,
} from "./items.ts";
export { threadItem, treeId } from "./items.ts";
export { eventJsonSchema } from "./json-schema.ts";
