import { noUsage, type OutputPart } from "@fettle/protocol";
import type { Model, ModelFailure, ModelInfo, ModelOutcome, ModelRequest } from "../../model.ts";
import { type Answer, answer } from "./answer.ts";
import { type Decision, decide, type OfflineOptions } from "./decide.ts";
import { fillSchema } from "./fill-schema.ts";

const info: ModelInfo = {
  id: "offline",
  provider: "offline",
  // It reads all it is given; no conversation is too long for it.
  contextWindow: 1_000_000_000,
  images: false,
  reasoning: false,
  freeformTools: false,
};

const interrupted: ModelFailure = { code: "interrupted", message: "interrupted", transient: false };

const finalText = (given: Answer, schema: ModelRequest["outputSchema"]): string => {
  if (schema === undefined) return given.text;
  return fillSchema(schema, given) ?? given.text;
};

const partsOf = (decision: Decision, request: ModelRequest): OutputPart[] => {
  if (decision.type === "answer") return [{ type: "text", text: finalText(decision.answer, request.outputSchema) }];
  const { step, firstCall } = decision;
  const calls = step.calls.map((call, index) => ({
    type: "call" as const,
    call_id: `offline_${firstCall + index}`,
    name: call.name,
    arguments: JSON.stringify(call.args),
  }));
  return step.say === "" ? calls : [{ type: "text", text: step.say }, ...calls];
};

const needed = ["shell", "apply_patch"];

/**
 * The offline engine as a model: mends failing tests by search and answers questions by looking. It does nothing
 * itself; all it does are calls of the ordinary tools, and what it does next follows from the conversation alone.
 */
export const createOfflineModel = (options: OfflineOptions): Model => ({
  info,
  body: async ({ instructions, tools, input }) => JSON.stringify({ instructions, tools, input }),
  async stream(request, onDelta, signal): Promise<ModelOutcome> {
    if (signal.aborted) return { type: "failed", failure: interrupted };
    const tools = new Set(request.tools.map(({ name }) => name));
    const missing = needed.filter((name) => !tools.has(name));
    const decision: Decision =
      missing.length === 0
        ? decide(request.input, options, tools)
        : { type: "answer", answer: answer(`I cannot work without the tools ${missing.join(" and ")}.`) };
    const output = partsOf(decision, request);
    for (const part of output) {
      if (part.type !== "text") continue;
      for (const text of part.text.split(/(?<=\n)/)) {
        if (signal.aborted) return { type: "failed", failure: interrupted };
        onDelta({ type: "text", text });
      }
    }
    if (signal.aborted) return { type: "failed", failure: interrupted };
    return { type: "completed", output, usage: noUsage(), stop: "done" };
  },
});
