import type { ToolCallPart } from "@fettle/protocol";
import { type ToolContext, type ToolResult, textResult } from "./tool.ts";

/** Shows and answers a call that could not be carried out at all. */
export const failedCall = (call: ToolCallPart, context: ToolContext, message: string): ToolResult => {
  context.emit({
    type: "item.completed",
    item: {
      id: context.nextItemId(),
      type: "tool_call",
      tool: call.name,
      arguments: call.arguments,
      status: "failed",
      error: message,
    },
  });
  return textResult(message);
};
