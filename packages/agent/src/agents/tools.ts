import * as z from "zod/mini";
import { parseArguments } from "../tools/arguments.ts";
import { failedCall, shownCall } from "../tools/shown-call.ts";
import { notRun, type Tool, type ToolContext, type ToolResult, textResult } from "../tools/tool.ts";
import type { Said } from "./band.ts";
import type { Team } from "./team.ts";
import type { AgentsSetup } from "./types.ts";

const defaultWaitMs = 600_000;
const longestWaitMs = 3_600_000;

const efforts = ["minimal", "low", "medium", "high", "xhigh", "max"] as const;
const startArguments = z.object({
  role: z.string(),
  task: z.string().check(z.minLength(1)),
  model: z.optional(z.string()),
  effort: z.optional(z.enum(efforts)),
  writes: z.optional(z.boolean()),
});
const waitArguments = z.object({
  agents: z.optional(z.array(z.string())),
  timeout_ms: z.optional(z.number()),
  conflicts: z.optional(z.enum(["mine", "theirs"])),
});
const messageArguments = z.object({ agent: z.string(), text: z.string().check(z.minLength(1)) });
const stopArguments = z.object({ agent: z.string() });

const text = (description: string) => ({ type: "string", description });

type Work<T> = (team: Team, given: T, context: ToolContext) => Promise<Said> | Said;

/** A tool that reads its arguments, hands them to the team and shows the call. */
const toolOf = <T>(
  team: () => Promise<Team>,
  spec: { name: string; description: string; properties: Record<string, unknown>; required: string[] },
  schema: z.core.$ZodType<T>,
  work: Work<T>,
): Tool => ({
  spec: {
    name: spec.name,
    description: spec.description,
    parameters: { type: "object", properties: spec.properties, required: spec.required },
  },
  isReadOnly: async () => false,
  async run(call, context): Promise<ToolResult> {
    const parsed = parseArguments(schema, call.arguments);
    if (!parsed.ok) return failedCall(call, context, parsed.message);
    if (context.signal.aborted) return notRun();
    const said = await work(await team(), parsed.value, context);
    if (!said.ok) return failedCall(call, context, said.text);
    shownCall(call, context);
    return textResult(said.text);
  },
});

/** The four tools by which the model has helpers. What is behind them is loaded with the first call. */
export const createAgentTools = ({ roles, atOnce }: AgentsSetup, team: () => Promise<Team>): Tool[] => {
  const listed = [...roles.values()].map(({ name, description }) => `${name}: ${description}`).join("; ");
  return [
    toolOf(
      team,
      {
        name: "agent_start",
        description: `Give a part of the task that can be done apart to an agent, which works beside you (at most ${atOnce} at once). It knows only what you write. One that changes files works in a copy of the workspace, merged at agent_wait. Not for what you can do in a few steps yourself.`,
        properties: {
          role: text(listed),
          task: text("Everything it needs to know: what, where, why, how it is proved"),
          model: text("Another model than yours"),
          effort: { type: "string", enum: efforts },
          writes: { type: "boolean", description: "false: it only reads" },
        },
        required: ["role", "task"],
      },
      startArguments,
      (all, given, context) => all.start(given, context),
    ),
    toolOf(
      team,
      {
        name: "agent_wait",
        description: "Wait for agents (default: all), read their reports, and merge what they changed.",
        properties: {
          agents: { type: "array", items: { type: "string" } },
          timeout_ms: { type: "number", description: "Default 600000" },
          conflicts: {
            type: "string",
            enum: ["mine", "theirs"],
            description: "Whose version counts where a merge was refused",
          },
        },
        required: [],
      },
      waitArguments,
      (all, { agents, timeout_ms: ms = defaultWaitMs, conflicts }, context) => {
        const prefer = conflicts === undefined ? undefined : conflicts === "mine" ? "ours" : "theirs";
        return all.wait({ names: agents, timeoutMs: Math.min(Math.max(ms, 0), longestWaitMs), prefer }, context);
      },
    ),
    toolOf(
      team,
      {
        name: "agent_message",
        description: "Say something to an agent at work, or let one that has ended go on.",
        properties: { agent: text("Its name"), text: text("The words") },
        required: ["agent", "text"],
      },
      messageArguments,
      (all, given) => all.message(given.agent, given.text),
    ),
    toolOf(
      team,
      {
        name: "agent_stop",
        description: "End an agent; what it changed is dropped.",
        properties: { agent: text("Its name") },
        required: ["agent"],
      },
      stopArguments,
      (all, given) => all.stop(given.agent),
    ),
  ];
};
