import type { Entry, OpenItem, ThreadItem } from "@fettle/protocol";
import type { ViewFor } from "./depth.ts";
import { approvalLines } from "./items/approval.ts";
import { agentLines, hookLines, mcpLines, runningAgentLines, runningMcpLines, toolLines } from "./items/calls.ts";
import { commandLines, runningCommandLines } from "./items/command.ts";
import { eventLines } from "./items/events.ts";
import { fileChangeLines } from "./items/file-change.ts";
import { endedPlanLines } from "./items/plan.ts";
import { turnEndLines } from "./items/turn-end.ts";
import { browserLines, webFetchLines } from "./items/web.ts";
import { errorLines, reasoningLines, userLines } from "./items/words.ts";
import { type MessagePlace, messageLines, messageStart } from "./markdown/message.ts";
import { columnsFor, type Line } from "./spans.ts";

/** What stands together without an empty row between: steps of work, or notes. Words stand alone. */
export type Group = "start" | "words" | "work" | "end";

/** Where an entry belongs. */
export const groupOf = (entry: Entry): Exclude<Group, "start"> => {
  if (entry.kind === "turn") return "end";
  if (entry.kind === "event") return entry.event.type === "goal.updated" ? "words" : "work";
  const { type } = entry.item;
  return type === "agent_message" || type === "user_message" || type === "reasoning" || type === "todo_list"
    ? "words"
    : "work";
};

/** Whether an empty row stands between two groups. */
export const isApart = (before: Group, now: Group): boolean =>
  before !== "start" && (before !== now || now === "words");

const itemLines = (item: ThreadItem, settings: ViewFor, from: MessagePlace): Line[] => {
  switch (item.type) {
    case "agent_message":
      return messageLines(item.text, from, true, columnsFor(settings), settings).lines;
    case "user_message":
      return userLines(item, settings);
    case "reasoning":
      return reasoningLines(item, settings);
    case "command_execution":
      return commandLines(item, settings);
    case "file_change":
      return fileChangeLines(item, settings);
    case "todo_list":
      return endedPlanLines(item, settings);
    case "tool_call":
      return toolLines(item, settings);
    case "mcp_tool_call":
      return mcpLines(item, settings);
    case "web_fetch":
      return webFetchLines(item, settings);
    case "browser":
      return browserLines(item, settings);
    case "approval":
      return approvalLines(item, settings);
    case "hook":
      return hookLines(item, settings);
    case "agent":
      return agentLines(item, settings);
    case "error":
      return errorLines(item, settings);
  }
};

/** An entry as lines; a message from `from` on. */
export const entryLines = (entry: Entry, settings: ViewFor, from: MessagePlace = messageStart): Line[] => {
  switch (entry.kind) {
    case "item":
      return itemLines(entry.item, settings, from);
    case "turn":
      return turnEndLines(entry, settings);
    case "event":
      return eventLines(entry.event, settings);
  }
};

/** Something that runs, as it looks now. */
export const openLines = ({ item, tail }: OpenItem, elapsedMs: number | null, settings: ViewFor): Line[] => {
  switch (item.type) {
    case "command_execution":
      return runningCommandLines(item, tail, elapsedMs, settings);
    case "mcp_tool_call":
      return runningMcpLines(item, settings);
    case "agent":
      return runningAgentLines(item, settings);
    default:
      return itemLines(item, settings, messageStart);
  }
};
