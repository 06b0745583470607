import type { ToolCallPart } from "@fettle/protocol";
import { type ToolContext, type ToolResult, textResult } from "./tool.ts";

type Screen = Pick<ToolContext, "emit" | "nextItemId">;

const show = (call: ToolCallPart, { emit, nextItemId }: Screen, error: string | null): void =>
  emit({
    type: "item.completed",
    item: {
      id: nextItemId(),
      type: "tool_call",
      tool: call.name,
      arguments: call.arguments,
      ...(error === null ? { status: "completed" } : { status: "failed", error }),
    },
  });

/** Shows a call that has no item of its own kind. */
export const shownCall = (call: ToolCallPart, screen: Screen): void => show(call, screen, null);

/** Shows and answers a call that could not be carried out at all. */
export const failedCall = (call: ToolCallPart, screen: Screen, message: string): ToolResult => {
  show(call, screen, message);
  return textResult(message);
};
