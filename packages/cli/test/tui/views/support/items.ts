import type { ThreadItem } from "@fettle/protocol";

/* One item of each kind, as threads have them. */

export const command: Extract<ThreadItem, { type: "command_execution" }> = {
  id: "i",
  type: "command_execution",
  command: "npm test -- packages/cli",
  aggregated_output: Array.from({ length: 12 }, (_, at) => `line ${at + 1}\n`).join(""),
  exit_code: 0,
  status: "completed",
  duration_ms: 3210,
};

const diff = [
  "diff --git a/src/a.ts b/src/a.ts",
  "--- a/src/a.ts",
  "+++ b/src/a.ts",
  "@@ -9,3 +9,4 @@ const first = 1;",
  " const a = 1;",
  "-const b = 2;",
  "+const b = 3;",
  "+const c = 4;",
  " const d = 5;",
  "",
].join("\n");

export const patch: Extract<ThreadItem, { type: "file_change" }> = {
  id: "i",
  type: "file_change",
  changes: [{ path: "src/a.ts", kind: "update" }],
  status: "completed",
  diff,
};

export const question: Extract<ThreadItem, { type: "approval" }> = {
  id: "i",
  type: "approval",
  status: "completed",
  subject: { kind: "command", command: "git push", cwd: "/w", run: "host" },
  why: "it leaves the sandbox",
  choices: ["once", "thread", "always", "no"],
  answer: { choice: "thread", by: "person" },
};

export const mcp: Extract<ThreadItem, { type: "mcp_tool_call" }> = {
  id: "i",
  type: "mcp_tool_call",
  server: "hub",
  tool: "list",
  arguments: { page: 1 },
  result: { content: [{ type: "text", text: "one\ntwo" }], structured_content: null },
  status: "completed",
  duration_ms: 120,
};

export const agent: Extract<ThreadItem, { type: "agent" }> = {
  id: "i",
  type: "agent",
  name: "scout",
  role: "explorer",
  task: "find the parser",
  thread_id: "01a",
  model: "m",
  writes: false,
  status: "completed",
  message: "It is in **src/parse.ts**.\nMore words.",
};

export const hook: Extract<ThreadItem, { type: "hook" }> = {
  id: "i",
  type: "hook",
  event: "PreToolUse",
  command: "guard.sh",
  source: "user",
  status: "completed",
  duration_ms: 5,
};

export const plan: Extract<ThreadItem, { type: "todo_list" }> = {
  id: "i",
  type: "todo_list",
  items: [
    { text: "read", completed: true },
    { text: "write", completed: false, in_progress: true },
    { text: "test", completed: false },
  ],
};
