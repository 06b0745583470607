import type { SessionUpdate, ToolCall } from "@agentclientprotocol/sdk";
import type { ApprovalItem, ThreadItem } from "@fettle/protocol";
import { questionCall } from "./tool-calls.ts";

/* Which calls an editor was told of, and which of them are open. */

/** Whether this item is what the question was about. */
const answers = (asked: ApprovalItem, item: ThreadItem): boolean =>
  asked.subject.kind === "command"
    ? item.type === "command_execution" && item.command === asked.subject.command
    : asked.subject.kind === "patch" && item.type === "file_change";

export type OpenCalls = {
  /** The editor's call for this item: that of the question before it, if it answers one. */
  callOf(itemId: string): string;
  tell(itemId: string, call: Omit<ToolCall, "toolCallId">): void;
  question(item: ApprovalItem, done: boolean): void;
  /** To be said of each item before it is told. */
  meet(item: ThreadItem): void;
  /** Nothing that is open will go on. */
  settle(): void;
};

export const createOpenCalls = (root: string, send: (update: SessionUpdate) => void): OpenCalls => {
  const open = new Set<string>();
  /** A question and what then runs are one call for the editor: item → call. */
  const calls = new Map<string, string>();
  let asked: ApprovalItem | null = null;

  const callOf = (itemId: string): string => calls.get(itemId) ?? itemId;

  const tell: OpenCalls["tell"] = (itemId, call) => {
    const toolCallId = callOf(itemId);
    if (open.has(toolCallId)) send({ sessionUpdate: "tool_call_update", toolCallId, ...call });
    else send({ sessionUpdate: "tool_call", toolCallId, ...call });
    if (call.status === "pending" || call.status === "in_progress") open.add(toolCallId);
    else open.delete(toolCallId);
  };

  const settleQuestion = (): void => {
    if (asked === null) return;
    const { title, status = "completed" } = questionCall(asked, root);
    tell(asked.id, { title, status });
    asked = null;
  };

  return {
    callOf,
    tell,
    question(item, done) {
      settleQuestion();
      if (!done || item.subject.kind === "network") tell(item.id, questionCall(item, root));
      // One that nobody was asked (it was allowed before, or nobody is there) says nothing that its item does not.
      else if (open.has(item.id)) asked = item;
    },
    meet(item) {
      if (asked === null || !answers(asked, item)) return;
      calls.set(item.id, asked.id);
      asked = null;
    },
    settle() {
      settleQuestion();
      for (const toolCallId of open) send({ sessionUpdate: "tool_call_update", toolCallId, status: "failed" });
      open.clear();
    },
  };
};
