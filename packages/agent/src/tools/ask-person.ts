import * as z from "zod/mini";
import { parseArguments } from "./arguments.ts";
import { failedCall, shownCall } from "./shown-call.ts";
import { type Tool, textResult } from "./tool.ts";

const askArguments = z.object({ step: z.number(), question: z.string().check(z.minLength(1), z.maxLength(2000)) });

/** A question that the model notes for a person. `step` is the number it was told, from 1. */
export type NotedQuestion = z.infer<typeof askArguments>;

/** Takes a question down at once, so that a killed run has it, and gives what the model is told. */
export type AskPerson = (asked: NotedQuestion) => string;

/** Notes questions about steps of a goal. It never waits for an answer: other steps go on. */
export const createAskPersonTool = (note: AskPerson): Tool => ({
  spec: {
    name: "ask_person",
    description:
      "Note a question that only a person can answer about a step of the goal. Nobody answers now: go on with the other steps.",
    parameters: {
      type: "object",
      properties: {
        step: { type: "integer", description: "The step's number" },
        question: { type: "string" },
      },
      required: ["step", "question"],
    },
  },
  isReadOnly: async () => true,
  async run(call, context) {
    const parsed = parseArguments(askArguments, call.arguments);
    if (!parsed.ok) return failedCall(call, context, parsed.message);
    const told = note(parsed.value);
    shownCall(call, context);
    return textResult(told);
  },
});
