import * as z from "zod/mini";

/*
 * Items: what happens inside a turn, as every screen and program sees it. The field names and kinds are those of
 * `codex exec --json`, so that programs which read that stream read ours; fields and kinds marked "ours" extend it.
 */

/** A snapshot's name: the git tree hash (40 or 64 hex digits) of a workspace's content. */
export const treeId = z.string().check(z.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/));
export type TreeId = z.infer<typeof treeId>;

const itemStatus = z.enum(["in_progress", "completed", "failed"]);

/** Words from outside the model (ours): a person's prompt, a steer, or a note of the harness itself. */
export const userMessageItem = z.object({
  id: z.string(),
  type: z.literal("user_message"),
  text: z.string(),
  /** Absolute paths of pictures given with the message. */
  images: z.optional(z.array(z.string())),
  source: z.enum(["user", "steer", "harness"]),
  /** The message that another process left for the thread: each is taken once. */
  message_id: z.optional(z.string()),
});
export type UserMessageItem = z.infer<typeof userMessageItem>;

export const agentMessageItem = z.object({ id: z.string(), type: z.literal("agent_message"), text: z.string() });
export type AgentMessageItem = z.infer<typeof agentMessageItem>;

export const reasoningItem = z.object({ id: z.string(), type: z.literal("reasoning"), text: z.string() });
export type ReasoningItem = z.infer<typeof reasoningItem>;

export const commandExecutionItem = z.object({
  id: z.string(),
  type: z.literal("command_execution"),
  command: z.string(),
  /** stdout and stderr as they came; head and tail only when `output_path` is set. */
  aggregated_output: z.string(),
  /** Absent while it runs, and when a signal ended it. */
  exit_code: z.optional(z.number()),
  status: itemStatus,
  /** Ours, all below. The folder it ran in, absolute. */
  cwd: z.optional(z.string()),
  duration_ms: z.optional(z.number()),
  /** Size of the whole output in bytes. */
  output_bytes: z.optional(z.number()),
  /** Where the whole output lies when `aggregated_output` is shortened. */
  output_path: z.optional(z.string()),
  /** The signal that ended it. */
  signal: z.optional(z.string()),
  /** How it was confined: the sandbox mode it ran under. */
  sandbox: z.optional(z.enum(["read-only", "workspace-write", "danger-full-access"])),
  /** It could not change files: they were mounted read-only, or (in full access) it is known to only read. */
  read_only: z.optional(z.boolean()),
  /** Set for a session that is left running: the number the model uses to reach it. */
  session: z.optional(z.number()),
  /** Who ran it: the model (absent) or the harness for a check that was asked for. */
  origin: z.optional(z.enum(["check"])),
  /** Why it did not run or was ended, when the exit code does not say it. */
  error: z.optional(z.string()),
});
export type CommandExecutionItem = z.infer<typeof commandExecutionItem>;

export const fileChange = z.object({
  path: z.string(),
  kind: z.enum(["add", "delete", "update"]),
  /** Ours: where an updated file moved to. */
  move_path: z.optional(z.string()),
});
export type FileChange = z.infer<typeof fileChange>;

export const fileChangeItem = z.object({
  id: z.string(),
  type: z.literal("file_change"),
  changes: z.array(fileChange),
  status: z.enum(["completed", "failed"]),
  /** Ours, all below. What the paths are relative to where that is not the workspace. */
  cwd: z.optional(z.string()),
  /** The unified diff of what was applied, or why nothing was. */
  diff: z.optional(z.string()),
  error: z.optional(z.string()),
});
export type FileChangeItem = z.infer<typeof fileChangeItem>;

export const todoListItem = z.object({
  id: z.string(),
  type: z.literal("todo_list"),
  items: z.array(
    z.object({
      text: z.string(),
      completed: z.boolean(),
      /** Ours: the step being worked on. */
      in_progress: z.optional(z.boolean()),
    }),
  ),
});
export type TodoListItem = z.infer<typeof todoListItem>;

/** A tool call with no kind of its own: an image looked at, an unknown tool, invalid arguments (ours). */
export const toolCallItem = z.object({
  id: z.string(),
  type: z.literal("tool_call"),
  tool: z.string(),
  arguments: z.string(),
  status: itemStatus,
  error: z.optional(z.string()),
});
export type ToolCallItem = z.infer<typeof toolCallItem>;

/** A call of an MCP server's tool, or the reading of one of its resources. */
export const mcpToolCallItem = z.object({
  id: z.string(),
  type: z.literal("mcp_tool_call"),
  server: z.string(),
  /** The tool's name; `resource` (ours) instead of it when a resource is read. */
  tool: z.string(),
  /** As JSON values, the way the server got them. */
  arguments: z.record(z.string(), z.unknown()),
  /** What the model got, as text; pictures are named only. Head and tail when `output_path` is set. */
  result: z.optional(
    z.object({
      content: z.array(z.object({ type: z.literal("text"), text: z.string() })),
      structured_content: z.null(),
    }),
  ),
  error: z.optional(z.object({ message: z.string() })),
  status: itemStatus,
  /** Ours, all below. The resource that is read. */
  resource: z.optional(z.string()),
  /** The server's last word on how far it is. */
  progress: z.optional(z.string()),
  duration_ms: z.optional(z.number()),
  /** Size of the whole result in bytes, and where it lies when it is shortened. */
  output_bytes: z.optional(z.number()),
  output_path: z.optional(z.string()),
});
export type McpToolCallItem = z.infer<typeof mcpToolCallItem>;

/** A page of the web as text (ours). */
export const webFetchItem = z.object({
  id: z.string(),
  type: z.literal("web_fetch"),
  /** As the model gave it. */
  address: z.string(),
  status: itemStatus,
  /** Where redirects led to. */
  final_address: z.optional(z.string()),
  title: z.optional(z.string()),
  /** What the model got of the page: from this character on, of so many. */
  text: z.optional(z.string()),
  offset: z.optional(z.number()),
  characters: z.optional(z.number()),
  /** Where the whole text lies when `text` is a part of it. */
  output_path: z.optional(z.string()),
  duration_ms: z.optional(z.number()),
  error: z.optional(z.string()),
});
export type WebFetchItem = z.infer<typeof webFetchItem>;

/** A step in the thread's browser (ours). */
export const browserItem = z.object({
  id: z.string(),
  type: z.literal("browser"),
  action: z.string(),
  /** What it was done to or with: an address, an element, a text. */
  target: z.optional(z.string()),
  status: itemStatus,
  /** The page as it was after the step. */
  address: z.optional(z.string()),
  title: z.optional(z.string()),
  /** What the model got, as text. Head and tail when `output_path` is set. */
  text: z.optional(z.string()),
  output_path: z.optional(z.string()),
  /** The picture that was taken: an absolute path. */
  screenshot: z.optional(z.string()),
  /** The content of the workspace when it was taken. Servers that run may still show an older one. */
  tree: z.optional(treeId),
  duration_ms: z.optional(z.number()),
  error: z.optional(z.string()),
});
export type BrowserItem = z.infer<typeof browserItem>;

export const approvalChoice = z.enum(["once", "thread", "always", "no"]);
export type ApprovalChoice = z.infer<typeof approvalChoice>;

/** What may not be done without an answer. */
export const approvalSubject = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("command"),
    /** Exactly what will run. */
    command: z.string(),
    cwd: z.string(),
    /** `host`: outside of the sandbox, with the user's own rights. */
    run: z.enum(["sandbox", "host"]),
  }),
  z.object({ kind: z.literal("patch"), paths: z.array(z.string()), diff: z.optional(z.string()) }),
  z.object({ kind: z.literal("network"), host: z.string(), port: z.number(), protocol: z.string() }),
  /** A tool of an MCP server, which runs outside of the sandbox; `arguments` is JSON. */
  z.object({ kind: z.literal("tool"), server: z.string(), tool: z.string(), arguments: z.string() }),
  /** An MCP server asks for something while it works: `fields` are the names of what it wants to know. */
  z.object({ kind: z.literal("elicitation"), server: z.string(), asks: z.string(), fields: z.array(z.string()) }),
]);
export type ApprovalSubject = z.infer<typeof approvalSubject>;

/** A question to a person and its answer (ours). In progress while it waits. */
export const approvalItem = z.object({
  id: z.string(),
  type: z.literal("approval"),
  status: z.enum(["in_progress", "completed"]),
  subject: approvalSubject,
  /** Why it asks, in a line: the rule, the level of autonomy, the blocked host. */
  why: z.string(),
  /** The model's own reason, as it gave it. */
  reason: z.optional(z.string()),
  choices: z.array(approvalChoice),
  /** The text that `always` would add to the user's rules or domains. */
  proposal: z.optional(z.string()),
  answer: z.optional(
    z.object({
      choice: approvalChoice,
      /** `nobody`: the run is unattended. */
      by: z.enum(["person", "program", "reviewer", "nobody"]),
      /** A word to the model. */
      message: z.optional(z.string()),
    }),
  ),
  /** The helper whose question it is, by name; absent for the thread's own. */
  agent: z.optional(z.string()),
});
export type ApprovalItem = z.infer<typeof approvalItem>;

export const hookDecision = z.enum(["allow", "ask", "deny"]);
export type HookDecision = z.infer<typeof hookDecision>;

/** A hook that ran (ours). */
export const hookItem = z.object({
  id: z.string(),
  type: z.literal("hook"),
  /** What it was run for: `PreToolUse`, … */
  event: z.string(),
  command: z.string(),
  /** Whose configuration it stands in. */
  source: z.enum(["user", "project"]),
  /** `failed`: it gave no answer that can be used; `error` says why. */
  status: z.enum(["completed", "failed"]),
  duration_ms: z.number(),
  /** The tool that was about to be used, or was used. */
  tool: z.optional(z.string()),
  decision: z.optional(hookDecision),
  reason: z.optional(z.string()),
  /** What it told the model. */
  context: z.optional(z.string()),
  error: z.optional(z.string()),
});
export type HookItem = z.infer<typeof hookItem>;

/** A helper that works on a part of the task in a thread of its own (ours). In progress while it works. */
export const agentItem = z.object({
  id: z.string(),
  type: z.literal("agent"),
  /** How the model names it. */
  name: z.string(),
  role: z.string(),
  task: z.string(),
  thread_id: z.string(),
  model: z.string(),
  /** Whether it changes files, in a copy of its own. */
  writes: z.boolean(),
  status: itemStatus,
  /** Its last words. */
  message: z.optional(z.string()),
  /** Paths that both sides changed, for which nothing of its work was taken over. */
  conflicts: z.optional(z.array(z.string())),
  error: z.optional(z.string()),
});
export type AgentItem = z.infer<typeof agentItem>;

/** A fault or a notice that did not end the turn: a retry, a cut instruction file, a missing sandbox. */
export const errorItem = z.object({ id: z.string(), type: z.literal("error"), message: z.string() });
export type ErrorItem = z.infer<typeof errorItem>;

export const threadItem = z.discriminatedUnion("type", [
  userMessageItem,
  agentMessageItem,
  reasoningItem,
  commandExecutionItem,
  fileChangeItem,
  todoListItem,
  toolCallItem,
  mcpToolCallItem,
  webFetchItem,
  browserItem,
  approvalItem,
  hookItem,
  agentItem,
  errorItem,
]);
export type ThreadItem = z.infer<typeof threadItem>;
