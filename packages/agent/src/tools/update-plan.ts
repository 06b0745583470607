import type { TodoListItem } from "@fettle/protocol";
import * as z from "zod/mini";
import { parseArguments } from "./arguments.ts";
import { failedCall } from "./shown-call.ts";
import { type Tool, type ToolContext, textResult } from "./tool.ts";

const step = z.object({ step: z.string(), status: z.enum(["pending", "in_progress", "completed"]) });
const planArguments = z.object({ plan: z.array(step), explanation: z.optional(z.string()) });

/** The plan is a note that people see; it lives for one turn as one item. `finish` ends it and gives it as it was last. */
export const createPlanTool = (): { tool: Tool; finish(context: ToolContext): TodoListItem | null } => {
  let shown: TodoListItem | null = null;
  const tool: Tool = {
    spec: {
      name: "update_plan",
      description:
        "Show the user your plan for work of several steps, and keep it current. Send the whole list each time.",
      parameters: {
        type: "object",
        properties: {
          plan: {
            type: "array",
            items: {
              type: "object",
              properties: {
                step: { type: "string" },
                status: { type: "string", enum: ["pending", "in_progress", "completed"] },
              },
              required: ["step", "status"],
            },
          },
        },
        required: ["plan"],
      },
    },
    isReadOnly: async () => true,
    async run(call, context) {
      const parsed = parseArguments(planArguments, call.arguments);
      if (!parsed.ok) return failedCall(call, context, parsed.message);
      const item: TodoListItem = {
        id: shown?.id ?? context.nextItemId(),
        type: "todo_list",
        items: parsed.value.plan.map(({ step: text, status }) => ({
          text,
          completed: status === "completed",
          ...(status === "in_progress" ? { in_progress: true } : {}),
        })),
      };
      context.emit({ type: shown === null ? "item.started" : "item.updated", item });
      shown = item;
      return textResult("Plan shown.");
    },
  };
  return {
    tool,
    finish(context) {
      if (shown !== null) context.emit({ type: "item.completed", item: shown });
      const last = shown;
      shown = null;
      return last;
    },
  };
};
