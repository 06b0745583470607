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
    case "thread.compacted":
      return { ...event, checkpoint: "" };
    default:
      return event;
  }
};
