import type { LoggedEvent, ThreadItem } from "@fettle/protocol";

/* After a compaction only the log keeps what the events before it said at length. A run of days stays small. */

const slimItem = (item: ThreadItem): ThreadItem => {
  switch (item.type) {
    case "command_execution":
      return { ...item, aggregated_output: "" };
    case "file_change": {
      const { diff: _, ...rest } = item;
      return rest;
    }
    case "agent_message":
    case "reasoning":
      return { ...item, text: "" };
    case "tool_call":
      return { ...item, arguments: "" };
    case "mcp_tool_call": {
      const { result: _, ...rest } = item;
      return { ...rest, arguments: {} };
    }
    case "web_fetch":
    case "browser": {
      const { text: _, ...rest } = item;
      return rest;
    }
    default:
      return item;
  }
};

/** The event with all that evidence, approvals and checkpoints are folded from; what only the model read is gone. */
export const slim = (event: LoggedEvent): LoggedEvent => {
  switch (event.type) {
    case "item.started":
    case "item.updated":
    case "item.completed":
      return { ...event, item: slimItem(event.item) };
    case "model.completed":
      return { ...event, output: [] };
    case "input.added":
      // The surroundings stay at the beginning of the model's input.
      return event.role === "developer" ? event : { ...event, content: [] };
    case "tool.completed":
      return { ...event, content: [] };
    case "thread.compacted": {
      const { sealed: _, ...rest } = event;
      return { ...rest, checkpoint: "" };
    }
    default:
      return event;
  }
};

/**
 * Whether an event before a compaction still counts once the thread's facts and its usage are known: for evidence,
 * approvals, the record of the work, or as words of a person.
 */
export const stillCounts = (event: LoggedEvent): boolean => {
  switch (event.type) {
    case "model.completed":
    case "tool.completed":
    case "input.added":
      return false;
    case "usage.added":
      // Of a helper's calls each is told once, which is known by those that were.
      return event.purpose === "agent";
    case "item.started":
    case "item.updated":
    case "item.completed":
      return ![
        "agent_message",
        "reasoning",
        "tool_call",
        "mcp_tool_call",
        "web_fetch",
        "browser",
        "hook",
        "error",
      ].includes(event.item.type);
    default:
      return true;
  }
};
