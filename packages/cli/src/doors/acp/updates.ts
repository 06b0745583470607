import type { SessionUpdate } from "@agentclientprotocol/sdk";
import type { ThreadEvent, ThreadItem, TodoListItem, UserMessageItem } from "@fettle/protocol";
import { plainText } from "@fettle/protocol";
import { oneLine } from "../../render/plain-text.ts";
import { createLiveOutput, createStream } from "./live.ts";
import { createOpenCalls } from "./open-calls.ts";
import { changeCall, commandCall, mcpCall, otherCall, outputContent, webCall } from "./tool-calls.ts";

/* The events of a thread as an editor's session updates, live and when a log is read again. */

export type Updates = {
  onEvent(event: ThreadEvent): void;
  /** A line of fettle's own. */
  note(line: string): void;
  /** The turn is over, or the log read to its end: what is still open will not go on. */
  settle(): void;
};

type UpdatesOptions = {
  /** The workspace, absolute. */
  readonly root: string;
  /** Stored events are read again: the user's own words are told too. */
  readonly replay: boolean;
  /** The editor shows notices; otherwise a note stands among the thoughts. */
  readonly notices: boolean;
  readonly send: (update: SessionUpdate) => void;
};

type Chunk = "agent_message_chunk" | "agent_thought_chunk" | "user_message_chunk";
const chunk = (sessionUpdate: Chunk, text: string, messageId?: string): SessionUpdate => ({
  sessionUpdate,
  content: { type: "text", text },
  ...(messageId === undefined ? {} : { messageId }),
});

const planOf = (item: TodoListItem): SessionUpdate => ({
  sessionUpdate: "plan",
  entries: item.items.map(({ text, completed, in_progress }) => ({
    content: plainText(text),
    priority: "medium",
    status: completed ? "completed" : in_progress === true ? "in_progress" : "pending",
  })),
});

const userWords = (item: UserMessageItem): SessionUpdate[] => [
  chunk("user_message_chunk", item.text, item.id),
  ...(item.images ?? []).map(() => chunk("user_message_chunk", "\n[picture]", item.id)),
];

const noteOf = (line: string, notices: boolean): SessionUpdate =>
  notices
    ? { sessionUpdate: "notice", severity: "info", title: oneLine(line, 300), description: plainText(line) }
    : chunk("agent_thought_chunk", `\n[fettle: ${plainText(line)}]\n`);

export const createUpdates = (options: UpdatesOptions): Updates => {
  const { root, replay, notices, send } = options;
  const message = createStream((text, id) => send(chunk("agent_message_chunk", text, id)));
  const thought = createStream((text, id) => send(chunk("agent_thought_chunk", text, id)));
  const calls = createOpenCalls(root, send);
  const output = createLiveOutput((id, text) =>
    send({ sessionUpdate: "tool_call_update", toolCallId: calls.callOf(id), content: outputContent(text) }),
  );

  // Notes were for the moment in which they were said.
  const note = (line: string): void => {
    if (!replay) send(noteOf(line, notices));
  };

  const onCall = (item: ThreadItem, done: boolean): void => {
    calls.meet(item);
    if (item.type === "command_execution") {
      if (done) output.end(item.id);
      else output.begin(item.id, item.aggregated_output);
      calls.tell(item.id, commandCall(item));
    }
    if (item.type === "file_change") calls.tell(item.id, changeCall(item, root));
    if (item.type === "tool_call") calls.tell(item.id, otherCall(item, root));
    if (item.type === "web_fetch" || item.type === "browser") calls.tell(item.id, webCall(item));
    if (item.type === "mcp_tool_call") calls.tell(item.id, mcpCall(item));
    if (item.type === "approval") calls.question(item, done);
    if (item.type === "todo_list") send(planOf(item));
  };

  const onWords = (item: ThreadItem): void => {
    if (item.type === "reasoning") thought.whole(item.id, item.text);
    if (item.type === "agent_message") message.whole(item.id, item.text);
    if (item.type === "user_message" && replay && item.source !== "harness") userWords(item).forEach(send);
    if (item.type !== "error") return;
    // After a fault the answer may begin again: what came of it live is no part of the next.
    thought.dropped();
    if (message.dropped()) send(chunk("agent_message_chunk", "\n\n…\n\n"));
    note(item.message);
  };

  return {
    onEvent(event) {
      switch (event.type) {
        case "item.started":
        case "item.updated":
          onCall(event.item, false);
          break;
        case "item.completed":
          onCall(event.item, true);
          onWords(event.item);
          break;
        case "item.delta":
          if (output.has(event.item_id)) output.add(event.item_id, event.delta);
          else (event.kind === "reasoning" ? thought : message).piece(event.item_id, event.delta);
          break;
        case "autonomy.changed":
          send({ sessionUpdate: "current_mode_update", currentModeId: event.level });
          break;
        case "thread.compacted":
          note(`the conversation was compacted: from about ${event.tokens_before} to ${event.tokens_after} tokens`);
          break;
        default:
      }
    },
    note,
    settle: calls.settle,
  };
};
